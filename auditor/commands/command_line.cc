#include "auditor/commands/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <sstream>
#include <string_view>

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

// Boost's messages, in our manner: lower case, the word at fault in backquotes.
std::string explain(const po::error& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\'', '`');
  if (text.rfind("unrecognised", 0) == 0) text.replace(0, 12, "unknown");
  return text;
}

[[noreturn]] void cannot_write(const std::string& file, int error) {
  throw reports::DiagnosticError(
      {reports::Severity::kError, "DET906",
       fmt::format("cannot write `{}`: {}", file, std::strerror(error)), {}, {}, {},
       {error == EPIPE ? "the program that reads it ended first"
                       : "choose another file, or free space there"}},
      reports::ExitCode::kUsage);
}

}  // namespace

reports::DiagnosticError command_line_error(std::string_view command, const std::string& message) {
  return reports::usage_error("DET901", message,
                              command.empty() ? std::string("see `detaudit --help`")
                                              : fmt::format("see `detaudit {} --help`", command));
}

CommandLine::CommandLine(std::string_view command, po::options_description options,
                         std::vector<std::string> positional, const Arguments& arguments,
                         std::string_view about) {
  po::options_description all;
  all.add(options).add_options()("help,h", "show this help");
  po::options_description hidden;
  po::positional_options_description operands;
  std::string synopsis;
  for (std::string name : positional) {
    const bool repeats = name.size() > 3 && name.ends_with("...");
    synopsis += " " + name;
    if (repeats) name.resize(name.size() - 3);
    const std::string key = "operand-" + name;
    hidden.add_options()(key.c_str(), repeats ? static_cast<po::value_semantic*>(
                                                    po::value<std::vector<std::string>>())
                                              : po::value<std::string>());
    operands.add(key.c_str(), repeats ? -1 : 1);
  }
  po::options_description visible_and_hidden;
  visible_and_hidden.add(all).add(hidden);
  try {
    // Abbreviations would make every new option a breaking change.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments)
                  .options(visible_and_hidden)
                  .positional(operands)
                  .style(style)
                  .run(),
              values_);
    po::notify(values_);
  } catch (const po::too_many_positional_options_error&) {
    throw command_line_error(
        command, command == "run"
                     ? "a program to audit comes after `--`: detaudit run [options] -- PROGRAM ARG..."
                     : fmt::format("too many operands for `detaudit {}`", command));
  } catch (const po::error& error) {
    throw command_line_error(command, explain(error));
  }
  refuse_empty(command, visible_and_hidden);
  if (values_.count("help")) {
    helped_ = true;
    std::ostringstream help;
    help << "usage: detaudit " << command << " [options]" << synopsis
         << (command == "run" ? " [-- PROGRAM ARG...]" : "") << "\n\n";
    if (!about.empty()) help << about << "\n\n";
    help << "options:\n" << all;
    write_result(help.str(), "");
  }
}

// A name that was left empty, as by a variable that is not set, is not the default.
void CommandLine::refuse_empty(std::string_view command,
                               const po::options_description& known) const {
  for (const auto& [name, value] : values_) {
    if (value.defaulted() || known.find(name, false).semantic()->max_tokens() == 0) continue;
    const auto* one = boost::any_cast<std::string>(&value.value());
    const auto* several = boost::any_cast<std::vector<std::string>>(&value.value());
    if ((one && one->empty()) ||
        (several && std::find(several->begin(), several->end(), "") != several->end())) {
      throw command_line_error(command, fmt::format("an empty value for {}", name.starts_with("operand-") ? name.substr(8) : "--" + name));
    }
  }
}

std::string one_of(std::string_view command, const std::string& option, const std::string& value,
                   const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  throw command_line_error(command, fmt::format("`{}` is no value of {}: it takes {}", value,
                                                option, fmt::join(words, ", ")));
}

reports::Colour colour_for(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term && std::strcmp(term, "dumb") == 0;
  return isatty(descriptor) && !(no_color && *no_color) && !dumb ? reports::Colour::kAlways
                                                                 : reports::Colour::kNever;
}

// What a link leads to; the name itself where it is none, or leads nowhere.
std::string behind_links(const std::string& file) {
  std::error_code error;
  if (!fs::is_symlink(file, error)) return file;
  const fs::path target = fs::canonical(file, error);
  return error || !fs::is_regular_file(target, error) ? file : target.string();
}

// Audits are not written over with a page about one of them.
void spare_database(const std::string& file) {
  constexpr std::string_view kMagic = "SQLite format 3";
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return;
  char start[kMagic.size()] = {};
  std::ifstream(file, std::ios::binary).read(start, sizeof start);
  if (std::string_view(start, sizeof start) != kMagic) return;
  throw reports::usage_error("DET906", fmt::format("`{}` is a database: it is not written over", file),
                             "choose another file");
}

void check_writable(const std::string& named) {
  if (named.empty() || named == "-") return;
  const std::string file = behind_links(named);
  spare_database(file);
  std::error_code error;
  const fs::path folder = fs::absolute(file).parent_path();
  if (fs::is_directory(file, error)) cannot_write(file, EISDIR);
  const bool special = fs::exists(file, error) && !fs::is_regular_file(file, error);
  if (access(special ? file.c_str() : folder.c_str(), W_OK) != 0) cannot_write(file, errno);
  if (!special && !fs::is_directory(folder, error)) cannot_write(file, ENOTDIR);
}

void write_result(const std::string& text, const std::string& named) {
  if (named.empty() || named == "-") {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout)) {
      cannot_write("stdout", errno);
    }
    return;
  }
  const std::string file = behind_links(named);
  spare_database(file);
  // A device (/dev/null) is written as it is; a file appears whole or not at all.
  std::error_code error;
  const bool special = fs::exists(file, error) && !fs::is_regular_file(file, error);
  const std::string target = special ? file : file + ".partial";
  errno = 0;
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  if (!out) cannot_write(file, errno);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    const int cause = errno;
    if (!special) fs::remove(target, error);
    cannot_write(file, cause);
  }
  if (special) return;
  fs::rename(target, file, error);
  if (error) {
    const int cause = error.value();
    fs::remove(target, error);
    cannot_write(file, cause);
  }
}

}  // namespace detaudit::auditor
