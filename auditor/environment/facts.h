#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/environment/manifest.h"

namespace detaudit::auditor {

inline constexpr const char* kAbsent = "absent";

// The parts of the manifest, a family of names each. None throws for what it cannot find: the fact
// is then absent. `root` is "/" outside tests.
void add_machine_facts(Manifest& manifest,
                       const std::filesystem::path& root);  // os, cpu, memory, libc
void add_own_facts(Manifest& manifest);                     // detaudit
void add_device_facts(Manifest& manifest, const std::filesystem::path& root);  // gpu, cuda, cudnn
void add_variable_facts(Manifest& manifest);                                   // variable
void add_program_facts(Manifest& manifest,
                       const std::vector<std::string>& argv);  // program, binary
void add_library_facts(Manifest& manifest, const std::filesystem::path& program,
                       const std::string& loader);  // library, blas, openmp
void add_python_facts(Manifest& manifest, const std::filesystem::path& interpreter);  // python
void add_checkout_facts(Manifest& manifest, const std::filesystem::path& directory);  // git

// The first line of a small file, or "" ; all of it, at most 64 KiB.
std::string first_line_of(const std::filesystem::path& file);
std::string text_of(const std::filesystem::path& file);

// `value`, or kAbsent when it is empty.
std::string or_absent(std::string value);

}  // namespace detaudit::auditor
