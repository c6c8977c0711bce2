#pragma once

#include <string>
#include <vector>

#include "instrument/cubin/elf_image.h"

namespace detaudit::instrument {

// From instructions to source lines: a cubin's `.debug_line` (nvcc -lineinfo or -G). An instruction
// that was inlined from one of CUDA's own headers is placed where it was inlined to.
class LineTable {
 public:
  struct Place {
    uint32_t line = 0;  // 0: not known
    uint32_t file = 0;
  };

  explicit LineTable(const ElfImage& elf);
  Place find(uint32_t section, uint64_t offset) const;
  const std::vector<std::string>& files() const { return files_; }

 private:
  struct Row {
    uint32_t section = 0;
    uint64_t offset = 0;
    Place place;  // line 0 ends a sequence
  };
  friend class LineProgram;

  std::vector<std::string> files_;
  std::vector<Row> rows_;  // by section and offset
};

}  // namespace detaudit::instrument
