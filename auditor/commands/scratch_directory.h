#pragma once

#include <filesystem>

namespace detaudit::auditor {

// A folder of its own under the system's temporary one, gone with the object.
// Throws reports::DiagnosticError (DET906) when it cannot be made.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace detaudit::auditor
