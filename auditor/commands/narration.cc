#include "auditor/commands/narration.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "auditor/commands/command_line.h"

namespace detaudit::auditor {
namespace {

size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Narration::Narration(std::string title)
    : progress_(std::move(title),
                isatty(STDERR_FILENO) ? reports::Progress::Stream::kTerminal
                                      : reports::Progress::Stream::kFile,
                colour_for(STDERR_FILENO), [](std::string_view text) { std::cerr << text << std::flush; },
                terminal_columns()) {}

std::function<void(const std::string&)> Narration::phase() {
  return [this](const std::string& text) { progress_.phase(text); };
}

std::function<void(double)> Narration::tick() {
  return [this](double seconds) { progress_.tick(seconds); };
}

std::function<void(const std::string&)> Narration::line() {
  return [this](const std::string& text) { progress_.say(text); };
}

void Narration::done() { progress_.done(); }

}  // namespace detaudit::auditor
