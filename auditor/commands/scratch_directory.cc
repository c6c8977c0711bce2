#include "auditor/commands/scratch_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "reports/diagnostic.h"

namespace detaudit::auditor {

ScratchDirectory::ScratchDirectory() {
  std::error_code error;
  std::filesystem::path base = std::filesystem::temp_directory_path(error);
  if (error) base = "/tmp";
  std::string name = (base / "detaudit-XXXXXX").string();
  if (!mkdtemp(name.data())) {
    throw reports::DiagnosticError(
        {reports::Severity::kError, "DET906",
         "cannot make a folder in `" + base.string() + "`: " + std::strerror(errno), {}, {}, {},
         {"set TMPDIR to a folder that can be written"}},
        reports::ExitCode::kUsage);
  }
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace detaudit::auditor
