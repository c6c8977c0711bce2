#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "reports/diagnostic.h"

namespace detaudit::reports {

// What a command is doing now. On a terminal one line that moves and is wiped at the end; elsewhere
// one line a phase and nothing between. Writes only through its sink; one thread.
class Progress {
 public:
  using Sink = std::function<void(std::string_view)>;
  enum class Stream { kFile, kTerminal };

  // `columns`: the terminal's; the line never wraps.
  Progress(std::string title, Stream stream, Colour colour, Sink sink, size_t columns = 80);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void phase(const std::string& text);  // "run 2 of 3"
  void tick(double seconds, std::optional<uint64_t> step = std::nullopt);
  // A line that stays.
  void say(const std::string& line);
  // Wipes the moving line; a later phase starts a new one.
  void done();

 private:
  void show(const std::string& details);

  std::string title_;
  Stream stream_;
  Colour colour_;
  Sink sink_;
  size_t columns_;
  std::string phase_;
  std::string shown_;  // the moving line as it stands, without colour
};

}  // namespace detaudit::reports
