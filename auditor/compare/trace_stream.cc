#include "auditor/compare/trace_stream.h"

#include <algorithm>

namespace detaudit::auditor {

TraceStream::TraceStream(const std::filesystem::path& run, uint64_t last_step)
    : reader_(run), last_step_(last_step) {}

bool TraceStream::advance() {
  const instrument::Event* event = reader_.next();
  while (event != nullptr && event->step > last_step_) event = reader_.next();
  if (event == nullptr) return false;
  if (event->lane >= lane_seen_.size()) lane_seen_.resize(event->lane + 1);
  lane_seen_[event->lane] = 1;
  head_ = {event, reader_.identity(*event), reader_.process()};
  return true;
}

std::vector<std::string> TraceStream::lanes() const {
  std::vector<std::string> names;
  for (size_t lane = 0; lane < lane_seen_.size(); ++lane) {
    if (lane_seen_[lane] != 0) names.emplace_back(reader_.lane_name(static_cast<uint32_t>(lane)));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace detaudit::auditor
