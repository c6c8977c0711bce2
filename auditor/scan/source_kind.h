#pragma once

#include <filesystem>
#include <string>

namespace detaudit::auditor {

enum class SourceKind { kNone, kC, kCxx, kCuda, kHeader, kCudaHeader, kPython, kCython };

// By the name; of a name that says nothing, by a `#!` line in the file.
SourceKind source_kind(const std::filesystem::path& path);

bool is_header(SourceKind kind);
// "C++", as people write it. A header is of the language of those who include it.
std::string kind_name(SourceKind kind);

}  // namespace detaudit::auditor
