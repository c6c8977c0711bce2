#include "instrument/trace/seal.h"

#include <fcntl.h>
#include <unistd.h>

#include "instrument/trace/trace_file.h"
#include "reports/diagnostic.h"

namespace detaudit::instrument {
namespace {

// Ends the file after `whole_bytes`, as the writer's finish() would have.
bool seal_file(const TraceFile& file, uint64_t events) {
  EndBody body{};
  body.head.type = RecordType::kEnd;
  body.events = events;
  body.head.size = sizeof body;
  body.head.checksum = record_checksum(&body, sizeof body);
  int descriptor = ::open(file.path().c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  auto at = static_cast<off_t>(file.whole_bytes());
  bool written = pwrite(descriptor, &body, sizeof body, at) == sizeof body &&
                 ftruncate(descriptor, at + static_cast<off_t>(sizeof body)) == 0;
  ::close(descriptor);
  if (!written) return false;
  std::string name = file.path().string();
  std::string final_name =
      name.substr(0, name.size() - std::string_view(kPartialSuffix).size()) + kTraceSuffix;
  return rename(name.c_str(), final_name.c_str()) == 0;
}

}  // namespace

int seal_finished_process(const std::filesystem::path& run_directory) {
  int sealed = 0;
  for (const auto& path : trace_files(run_directory)) {
    if (!path.string().ends_with(kPartialSuffix)) continue;
    try {
      TraceFile file(path);
      uint64_t events = 0;
      while (const RecordHead* head = file.next()) events += head->type == RecordType::kEvent;
      if (file.end() == FileEnd::kOpenEnd && file.dropped() == 0 && seal_file(file, events))
        ++sealed;
    } catch (const reports::DiagnosticError&) {
      continue;  // stays unfinished: reading it says why
    }
  }
  return sealed;
}

}  // namespace detaudit::instrument
