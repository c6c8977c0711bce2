// A build without elfutils' libdw: places stay offsets.
#include "auditor/symbols/symbolizer.h"

namespace detaudit::auditor {

struct Symbolizer::Modules {};
Symbolizer::Symbolizer() = default;
Symbolizer::~Symbolizer() = default;

std::optional<CodePlace> Symbolizer::find(const std::filesystem::path&, uint64_t) {
  return std::nullopt;
}

}  // namespace detaudit::auditor
