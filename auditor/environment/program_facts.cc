#include <fcntl.h>

#include <sstream>

#include "auditor/launch/elf_file.h"
#include "auditor/environment/facts.h"
#include "auditor/launch/runner.h"
#include "kernels/digest.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMostDigestedBytes = uintmax_t{64} << 20;
constexpr size_t kMostSectionBytes = size_t{8} << 20;

std::string digest_of(const fs::path& file) {
  std::error_code error;
  uintmax_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
  if (error || size == 0) return "";
  if (size > kMostDigestedBytes) return "not taken: " + std::to_string(size) + " bytes";
  FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes(size, '\0');
  size_t filled = 0;
  for (ssize_t got = 1; fd.valid() && got > 0 && filled < bytes.size();) {
    got = read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    filled += got > 0 ? static_cast<size_t>(got) : 0;
  }
  return filled == size ? kernels::to_hex(kernels::digest(bytes.data(), filled)) : "";
}

fs::path resolved(const std::string& name) {
  try {
    return resolve_program(name);
  } catch (const reports::DiagnosticError&) {
    return {};
  }
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

// The command line that compilers leave in debug information: "GNU C++17 12.2.0 -O2 ...".
std::string recorded_flags(const ElfFile& elf) {
  std::vector<std::string> producers;
  for (const char* section : {".GCC.command.line", ".debug_str"}) {
    for (std::string& text : elf.texts(section, kMostSectionBytes)) {
      bool producer = text.starts_with("GNU C") || text.starts_with("GNU Fortran") ||
                      text.find("clang version ") != std::string::npos ||
                      text.starts_with("clang LLVM (rustc version");
      if (producer && producers.size() < 4) producers.push_back(std::move(text));
    }
    if (!producers.empty()) break;
  }
  return joined(producers);
}

// The program that a #! line names, looked up behind `env`; "" when the file has none.
fs::path interpreter_of(const fs::path& script) {
  std::string line = first_line_of(script);
  if (!line.starts_with("#!")) return {};
  std::istringstream words(line.substr(2));
  std::string word;
  words >> word;
  if (fs::path(word).filename() != "env") return resolved(word);
  while (words >> word && (word.starts_with("-") || word.find('=') != std::string::npos)) {
  }
  return words ? resolved(word) : fs::path();
}

bool is_python(const fs::path& program) {
  std::string name = program.filename().string();
  return name.starts_with("python") || name.starts_with("pypy");
}

// `python3 -u train.py ...`: the script. Behind -c and -m there is none.
fs::path script_in(const std::vector<std::string>& argv) {
  std::error_code error;
  for (size_t i = 1; i < argv.size(); ++i) {
    if (argv[i] == "-c" || argv[i] == "-m") return {};
    if (argv[i].starts_with("-")) continue;
    return fs::is_regular_file(argv[i], error) ? fs::path(argv[i]) : fs::path();
  }
  return {};
}

// The ELF file whose code runs: the program, or what interprets it.
void add_binary_facts(Manifest& manifest, const fs::path& binary) {
  std::optional<ElfFile> elf = ElfFile::open(binary);
  if (!elf) return;
  std::error_code error;
  manifest["binary.path"] = fs::canonical(binary, error).string();
  manifest["binary.build_id"] = or_absent(elf->build_id());
  manifest["binary.compiler"] = or_absent(joined(elf->texts(".comment", kMostSectionBytes)));
  manifest["binary.flags"] = or_absent(recorded_flags(*elf));
  manifest["binary.linkage"] = elf->interpreter().empty() ? "static" : "dynamic";
  add_library_facts(manifest, binary, elf->interpreter());
}

void add_script_facts(Manifest& manifest, const fs::path& script) {
  if (script.empty()) return;
  manifest["program.script"] = fs::absolute(script).lexically_normal().string();
  manifest["program.script_digest"] = or_absent(digest_of(script));
}

}  // namespace

void add_program_facts(Manifest& manifest, const std::vector<std::string>& argv) {
  if (argv.empty()) return;
  fs::path program = resolved(argv[0]), binary = program;
  manifest["program.path"] = or_absent(program.string());
  manifest["program.digest"] = or_absent(digest_of(program));
  if (program.empty()) return;
  if (!ElfFile::open(program)) {
    binary = interpreter_of(program);
    manifest["program.interpreter"] = or_absent(binary.string());
  }
  if (is_python(program) || is_python(binary)) {
    if (is_python(program)) add_script_facts(manifest, script_in(argv));
    add_python_facts(manifest, is_python(program) ? program : binary);
    if (manifest.contains("python.executable")) binary = manifest["python.executable"];
  }
  add_binary_facts(manifest, binary);
}

}  // namespace detaudit::auditor
