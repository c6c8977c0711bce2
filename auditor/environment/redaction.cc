#include "auditor/environment/redaction.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace detaudit::auditor {
namespace {

// Anywhere in a name.
constexpr std::array<std::string_view, 8> kSecretParts = {"SECRET",     "PASSWORD",  "PASSWD",
                                                          "CREDENTIAL", "APIKEY",    "ACCESSKEY",
                                                          "PRIVATEKEY", "PASSPHRASE"};
// As a word of a name: TOKENIZERS_PARALLELISM and KEYBOARD are none.
constexpr std::array<std::string_view, 9> kSecretWords = {
    "KEY", "KEYS", "TOKEN", "TOKENS", "PASS", "AUTH", "PAT", "COOKIE", "JWT"};
// How tokens of well-known services begin.
constexpr std::array<std::string_view, 13> kTokenStarts = {
    "ghp_", "gho_", "ghs_",  "github_pat_", "glpat-", "hf_", "sk-",
    "AKIA", "ASIA", "xoxb-", "xoxp-",       "eyJ",    "AIza"};
constexpr size_t kShortestToken = 16;

bool secret_name(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return std::isalnum(c) ? std::toupper(c) : '_'; });
  auto holds = [&](std::string_view part) { return upper.find(part) != std::string::npos; };
  if (std::any_of(kSecretParts.begin(), kSecretParts.end(), holds)) return true;
  std::string words = "_" + upper + "_";
  return std::any_of(kSecretWords.begin(), kSecretWords.end(), [&](std::string_view word) {
    return words.find("_" + std::string(word) + "_") != std::string::npos;
  });
}

bool token_shape(std::string_view value) {
  if (value.find("PRIVATE KEY-----") != std::string_view::npos) return true;
  // Each word: a token may sit inside a longer value.
  while (!value.empty()) {
    size_t end = value.find_first_of(" ,;:=\"'/@");
    std::string_view word = value.substr(0, end);
    if (word.size() >= kShortestToken &&
        std::any_of(kTokenStarts.begin(), kTokenStarts.end(),
                    [&](std::string_view start) { return word.starts_with(start); })) {
      return true;
    }
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  return false;
}

// https://user:password@host and https://token@host, each in a list of them.
std::string without_credentials(std::string text) {
  for (size_t at = 0; (at = text.find("://", at)) != std::string::npos;) {
    at += 3;
    size_t end = std::min(text.find_first_of("/?#, \t\"'", at), text.size());
    size_t sign = text.rfind('@', end);
    if (sign == std::string::npos || sign < at || sign >= end) continue;
    text.replace(at, sign - at, kRedacted);
  }
  return text;
}

}  // namespace

std::string redacted(std::string_view name, std::string_view value) {
  if (!value.empty() && (secret_name(name) || token_shape(value))) return kRedacted;
  return without_credentials(std::string(value));
}

}  // namespace detaudit::auditor
