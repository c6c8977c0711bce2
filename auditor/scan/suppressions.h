#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auditor/scan/comments.h"
#include "reports/scan_report.h"

namespace detaudit::auditor {

// The comments `detaudit: allow(CODE[, CODE...]) reason` of one source, each for the line that it
// stands on, or where it stands alone for the next line that is no comment.
class Suppressions {
 public:
  Suppressions(std::string_view text, CommentSyntax syntax);

  bool empty() const { return allowed_.empty() && faults_.empty(); }
  // True when a comment allows this code on this line; it then counts as used.
  bool allows(const std::string& code, unsigned line);

  struct Allowed {
    std::string code, reason;
    unsigned line = 0, column = 0;  // of the comment
    unsigned target = 0;            // the line that it is for
    uint64_t used = 0;
  };
  const std::vector<Allowed>& allowed() const { return allowed_; }
  struct Fault {
    std::string what;
    unsigned line = 0, column = 0;
  };
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  void read(const Comment& comment, unsigned target);

  std::vector<Allowed> allowed_;
  std::vector<Fault> faults_;
};

// Takes what comments of the scanned sources allow out of the report, and adds what is wrong with
// such comments. Those that match nothing are told of only where all rules had their say.
enum class Unmatched { kTold, kNotTold };
void apply_suppressions(reports::ScanReport& report, Unmatched unmatched);

}  // namespace detaudit::auditor
