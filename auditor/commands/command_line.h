#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "auditor/commands/command.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

// A command's options, parsed. Every mistake is one DET901 error that names the word at fault and
// the command's --help.
class CommandLine {
 public:
  // `positional` names the operands in order; the last may repeat when it ends in "...". `about`:
  // what --help says besides.
  CommandLine(std::string_view command, boost::program_options::options_description options,
              std::vector<std::string> positional, const Arguments& arguments,
              std::string_view about = {});

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  // Named on the command line, and not there by its default.
  bool given(const std::string& name) const { return has(name) && !values_[name].defaulted(); }
  template <typename T>
  T get(const std::string& name) const {
    return values_[name].as<T>();
  }
  template <typename T>
  T get(const std::string& name, T fallback) const {
    return has(name) ? values_[name].as<T>() : fallback;
  }
  // True when --help was asked for and has been printed.
  bool helped() const { return helped_; }

 private:
  void refuse_empty(std::string_view command,
                    const boost::program_options::options_description& known) const;

  boost::program_options::variables_map values_;
  bool helped_ = false;
};

// An error of the command line: exit 2, DET901.
reports::DiagnosticError command_line_error(std::string_view command, const std::string& message);

// One of `words`, or an error that lists them.
std::string one_of(std::string_view command, const std::string& option, const std::string& value,
                   const std::vector<std::string>& words);

// Colour for a stream: only on a terminal, never under NO_COLOR.
reports::Colour colour_for(int descriptor);

// Throws what write_result() would for a file that cannot be written, before there is anything to
// write.
void check_writable(const std::string& file);

// Writes a whole text to stdout, or to a file (where a link leads) by way of a temporary beside it.
// Throws for a database: exit 2.
void write_result(const std::string& text, const std::string& file);

}  // namespace detaudit::auditor
