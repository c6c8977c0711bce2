#include "reports/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reports/painter.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr std::string_view kWipe = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string title, Stream stream, Colour colour, Sink sink, size_t columns)
    : title_(printable(title)),
      stream_(stream),
      colour_(colour),
      sink_(std::move(sink)),
      columns_(columns) {}

Progress::~Progress() { done(); }

void Progress::phase(const std::string& text) {
  phase_ = printable(text);
  if (stream_ == Stream::kFile) {
    sink_(title_ + ": " + phase_ + "\n");
  } else {
    show("");
  }
}

void Progress::tick(double seconds, std::optional<uint64_t> step) {
  if (stream_ == Stream::kFile) return;
  std::string details = fmt::format(" · {:.1f} s", seconds);
  if (step) details += fmt::format(" · step {}", *step);
  show(details);
}

void Progress::say(const std::string& line) {
  std::string interrupted = shown_;
  done();
  sink_(printable(line) + "\n");
  if (!interrupted.empty()) show("");
}

void Progress::done() {
  if (!shown_.empty()) sink_(kWipe);
  shown_.clear();
}

// The last column stays free: some terminals wrap when it is written.
void Progress::show(const std::string& details) {
  std::string rest = shortened(": " + phase_ + details, columns_ > 1 ? columns_ - 1 : 1);
  size_t room = columns_ - 1 - std::min(columns_ - 1, character_count(rest));
  std::string title = shortened(title_, room);
  if (title + rest == shown_) return;
  shown_ = title + rest;
  std::string line(kWipe);
  line += Painter(colour_).bold(title) + rest;
  sink_(line);
}

}  // namespace detaudit::reports
