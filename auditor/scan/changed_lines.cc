#include "auditor/scan/changed_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "auditor/launch/query.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kLimit{2};
constexpr size_t kMostBytes = size_t{1} << 30;

[[noreturn]] void refuse(const std::string& why, const std::string& help) {
  throw reports::usage_error("DET902", why, help);
}

std::optional<std::string> git(const fs::path& top, std::vector<std::string> words) {
  words.insert(words.begin(), {"git", "-c", "core.quotePath=false"});
  auto text = output_of(words, kLimit, top, kMostBytes);
  return text;
}

std::string asked(const fs::path& top, const std::vector<std::string>& words) {
  auto text = git(top, words);
  if (!text) {
    refuse(fmt::format("`git {}` fails in `{}`", words.front(), top.string()),
           "see what git says there; --changed-since needs it");
  }
  return std::move(*text);
}

fs::path checkout_of(const fs::path& file) {
  for (fs::path at = file.parent_path(); !at.empty(); at = at.parent_path()) {
    std::error_code error;
    if (fs::exists(at / ".git", error)) return at;
    if (!at.has_relative_path()) break;
  }
  refuse(fmt::format("`{}` is in no git checkout", file.string()),
         "--changed-since asks git what a branch adds; leave it out for other files");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Of `+++ b/path`: quoted as in C where it has bytes that git would not show.
std::string unquoted(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string path;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') {
      path += text[i];
      continue;
    }
    const char next = text[++i];
    if (next >= '0' && next <= '3' && i + 2 < text.size()) {
      path += static_cast<char>(std::stoi(std::string(text.substr(i, 3)), nullptr, 8));
      i += 2;
    } else {
      path += next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
  }
  return path;
}

struct LineRange {
  unsigned first = 0, count = 0;
};

// "3,2", "3": of one line.
LineRange range(const std::string& text) {
  std::istringstream numbers(text);
  LineRange found{0, 1};
  char comma = 0;
  numbers >> found.first;
  if (numbers.peek() == ',') numbers >> comma >> found.count;
  return found;
}

// "@@ -3,2 +4,5 @@"
struct Hunk {
  LineRange removed, added;
};
Hunk hunk(const std::string& line) {
  const size_t minus = line.find('-'), plus = line.find('+', minus);
  if (plus == std::string::npos) return {};
  return {range(line.substr(minus + 1)), range(line.substr(plus + 1))};
}

}  // namespace

ChangedLines::ChangedLines(const std::string& revision, const std::vector<fs::path>& files) {
  std::set<fs::path> checkouts;
  for (const fs::path& file : files) checkouts.insert(checkout_of(file));
  for (const fs::path& top : checkouts) add_checkout(top, revision);
}

void ChangedLines::add_checkout(const fs::path& top, const std::string& revision) {
  const auto known =
      git(top, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  if (!known) {
    refuse(fmt::format("`{}` names no commit in `{}`", revision, top.string()),
           "name a branch, tag or commit of that checkout");
  }
  // Where the branch left, so that what the other side added since does not count.
  const auto base = git(top, {"merge-base", first_line(*known), "HEAD"});
  add_diff(top,
           asked(top, {"diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames",
                       "--src-prefix=a/", "--dst-prefix=b/", first_line(base ? *base : *known)}));
  std::istringstream others(asked(top, {"ls-files", "--others", "--exclude-standard", "-z"}));
  for (std::string name; std::getline(others, name, '\0');) whole_.insert((top / name).string());
}

void ChangedLines::add_diff(const fs::path& top, const std::string& diff) {
  std::istringstream lines(diff);
  Ranges* ranges = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("+++ ")) {
      std::string name = unquoted(line.substr(4));
      if (name.ends_with('\t')) name.pop_back();  // behind names with spaces
      ranges = name.starts_with("b/") ? &changed_[(top / name.substr(2)).string()] : nullptr;
    } else if (line.starts_with("@@ ") && ranges != nullptr) {
      const auto [removed, added] = hunk(line);
      if (added.count > 0) ranges->emplace_back(added.first, added.first + added.count - 1);
      // Its lines may look like anything.
      for (unsigned i = 0; i < removed.count + added.count; ++i) std::getline(lines, line);
    } else if (line.starts_with("Binary files ") && line.ends_with(" differ")) {
      const size_t name = line.rfind(" and b/");
      if (name != std::string::npos) {
        whole_.insert((top / line.substr(name + 7, line.size() - name - 14)).string());
      }
    }
  }
}

bool ChangedLines::touches(const fs::path& file) const {
  std::error_code error;
  const std::string real = fs::canonical(file, error).string();
  return whole_.contains(real) || changed_.contains(real);
}

bool ChangedLines::touches(const fs::path& file, unsigned first_line, unsigned last_line) const {
  std::error_code error;
  const std::string real = fs::canonical(file, error).string();
  if (whole_.contains(real)) return true;
  const auto found = changed_.find(real);
  return found != changed_.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const auto& range) {
           return range.first <= last_line && first_line <= range.second;
         });
}

}  // namespace detaudit::auditor
