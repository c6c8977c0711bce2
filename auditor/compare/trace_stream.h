#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "instrument/trace/reader.h"

namespace detaudit::auditor {

enum class Side : uint8_t { kFirst, kSecond };

// The output of a batch that does not depend on the order of its samples.
inline constexpr size_t kSamplesOutput = 1;

// One event of one run on its way through the alignment. Valid as long as its event is.
struct Sighting {
  const instrument::Event* event = nullptr;
  uint64_t identity = 0;
  uint32_t process = 0;
};

// The events of one run up to a step, one at a time, and the lanes they were in.
class TraceStream {
 public:
  TraceStream(const std::filesystem::path& run, uint64_t last_step);

  bool advance();                                 // false at the end
  const Sighting& head() const { return head_; }  // valid until the next advance()
  const instrument::TraceReader& reader() const { return reader_; }
  std::vector<std::string> lanes() const;  // names of those with an event so far, sorted

 private:
  instrument::TraceReader reader_;
  uint64_t last_step_;
  Sighting head_;
  std::vector<char> lane_seen_;
};

}  // namespace detaudit::auditor
