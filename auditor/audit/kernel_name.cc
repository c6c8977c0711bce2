#include "auditor/audit/kernel_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace detaudit::auditor {

// Up to the first bracket that opens outside of all others, "operator()" and "(anonymous
// namespace)" aside; behind the last "::" before it.
std::string base_name(const std::string& full) {
  size_t begin = 0, end = full.size();
  int depth = 0;
  for (size_t at = 0; at < full.size(); ++at) {
    const std::string_view rest = std::string_view(full).substr(at);
    if (depth == 0 && rest.starts_with("(anonymous namespace)")) {
      at += std::string_view("(anonymous namespace)").size() - 1;
    } else if (depth == 0 && rest.starts_with("operator()")) {
      at += std::string_view("operator()").size() - 1;
    } else if (depth == 0 && rest.starts_with("::")) {
      begin = at + 2;
    } else if (depth == 0 && full[at] == ' ') {
      begin = at + 1;  // behind the return type of a template's instance
    } else if (full[at] == '(' && depth == 0) {
      end = at;
      break;
    } else if (full[at] == '<' || full[at] == '(') {
      if (depth++ == 0) end = at;
    } else if (full[at] == '>' || full[at] == ')') {
      if (--depth == 0) end = full.size();
    }
  }
  std::string base = full.substr(begin, end - begin);
  if (const size_t bracket = base.find('<'); bracket != std::string::npos && bracket > 0)
    base.erase(bracket);
  return base.empty() ? full : base;
}

KernelName kernel_name(const std::string& symbol) {
  if (!symbol.starts_with("_Z")) return {symbol, symbol};
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || !text) return {symbol, symbol};
  return {text.get(), base_name(text.get())};
}

}  // namespace detaudit::auditor
