#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detaudit::reports {

enum class Severity { kNote, kWarning, kError };
const char* severity_name(Severity severity);

struct SourceLocation {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;  // counts bytes from 1; 0: unknown
  std::string text;     // the line as it was when recorded; empty: render reads the file
};

// The line at `location`, without its end. Empty when there is no such line, or the file is not a
// readable regular file.
std::string read_source_line(const SourceLocation& location);

// One thing said to a person, in rustc's layout: lower case, observed facts in notes, the next act
// in help.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;     // "DET101"; empty for plain narration
  std::string message;  // one line, names the thing
  std::optional<SourceLocation> location;
  std::string label;  // what is wrong at the location
  std::vector<std::string> notes;
  std::vector<std::string> helps;
};

// Exit codes of every command.
enum class ExitCode : int { kOk = 0, kDivergent = 1, kUsage = 2, kInconclusive = 3, kInternal = 4 };

// How errors travel in the auditor: thrown where found, caught once, in main.
class DiagnosticError : public std::exception {
 public:
  DiagnosticError(Diagnostic diagnostic, ExitCode exit_code);
  const char* what() const noexcept override;
  const Diagnostic& diagnostic() const { return diagnostic_; }
  ExitCode exit_code() const { return exit_code_; }

 private:
  Diagnostic diagnostic_;
  ExitCode exit_code_;
};

// A user's mistake (exit 2): what is wrong, and the way out.
DiagnosticError usage_error(std::string code, std::string message, std::string help);

enum class Colour { kNever, kAlways };

// The text a terminal gets, newline at the end. Shows the source line when it is known or the file
// can be read. Names are hostile: what would move a cursor or turn text around is escaped.
std::string render(const Diagnostic& diagnostic, Colour colour);

}  // namespace detaudit::reports
