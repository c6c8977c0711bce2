#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/experiments/arms.h"
#include "kernels/cpu.h"

namespace {

using namespace detaudit;
using auditor::Arguments;
using auditor::Command;
using reports::ExitCode;

constexpr const char* kVersion = "0.1.0";

std::string help() {
  std::string text =
      "detaudit: is a program reproducible, which operation broke that first, and why\n\n"
      "usage: detaudit COMMAND [options]\n\ncommands:\n";
  for (const Command& command : auditor::commands()) {
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  }
  return text + "\n`detaudit COMMAND --help` shows a command's options.\n";
}

ExitCode dispatch(const Arguments& arguments) {
  if (arguments.empty()) {
    throw auditor::command_line_error("", "no command given");
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    auditor::write_result(help(), "");
    return ExitCode::kOk;
  }
  if (name == "--version") {
    auditor::write_result(fmt::format("detaudit {}\n", kVersion), "");
    return ExitCode::kOk;
  }
  const auto all = auditor::commands();
  auto it = std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.name == name; });
  if (it == all.end()) {
    throw auditor::command_line_error("", fmt::format("unknown command `{}`", name));
  }
  if (!kernels::cpu_supported()) {
    throw reports::usage_error("DET901", std::string("this program needs ") + kernels::required_cpu(),
                               "run it on such a machine");
  }
  return it->run({arguments.begin() + 1, arguments.end()});
}

// Of a working folder that is gone, every relative name fails, wherever it is looked up first.
bool in_a_folder() {
  std::error_code error;
  return !std::filesystem::current_path(error).empty() && !error;
}

ExitCode fault(const std::string& what) {
  reports::Diagnostic diagnostic{reports::Severity::kError, "DET999",
                                 "a fault of detaudit itself: " + what, {}, {}, {},
                                 {"please report it with the command line"}};
  std::cerr << render(diagnostic, auditor::colour_for(2));
  return ExitCode::kInternal;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) is an error of writing, not a signal.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a limit on file sizes.
  std::signal(SIGXFSZ, SIG_IGN);
  ExitCode code;
  try {
    code = dispatch({argv + 1, argv + argc});
  } catch (const reports::DiagnosticError& error) {
    std::cerr << render(error.diagnostic(), auditor::colour_for(2));
    code = error.exit_code();
  } catch (const auditor::Interrupted&) {
    std::cerr << "error[DET909]: interrupted before anything was recorded\n";
    code = ExitCode::kInconclusive;
  } catch (const std::exception& error) {
    if (!in_a_folder()) {
      std::cerr << "error[DET902]: the working folder does not exist any more\n"
                   "   = help: change to one that does\n";
      return static_cast<int>(ExitCode::kUsage);
    }
    code = fault(error.what());
  }
  return static_cast<int>(code);
}
