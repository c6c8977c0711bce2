#include <array>
#include <sstream>

#include "auditor/launch/elf_file.h"
#include "auditor/environment/facts.h"
#include "auditor/launch/query.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLoaderLimit{2000};
constexpr std::array<std::string_view, 7> kBlas = {
    "libopenblas", "libmkl_rt", "libmkl_core", "libblis", "libblas", "libcblas", "libarmpl"};
constexpr std::array<std::string_view, 3> kOpenMp = {"libgomp", "libomp", "libiomp5"};

struct Library {
  std::string name;  // as the program asks for it
  fs::path file;     // symbolic links followed; empty when not found
};

// What the program's own loader would load: "\tlibm.so.6 => /lib/.../libm.so.6 (0x7f...)".
std::vector<Library> loaded_libraries(const fs::path& program, const std::string& loader) {
  std::vector<Library> libraries;
  std::error_code error;
  fs::path file = fs::canonical(program, error);  // $ORIGIN is that of the real file
  if (error) return libraries;
  auto listing = output_of({loader, "--list", file.string()}, kLoaderLimit);
  std::istringstream lines(listing.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, arrow, found;
    words >> name >> arrow;
    if (arrow != "=>") continue;  // the loader itself, the kernel's page, one preloaded by path
    std::getline(words >> std::ws, found);
    found = found.substr(0, found.rfind(" (0x"));
    libraries.push_back({name, found.starts_with("/") ? fs::canonical(found, error) : fs::path()});
  }
  return libraries;
}

std::string described(const fs::path& file) {
  auto elf = ElfFile::open(file);
  bool identified = elf && !elf->build_id().empty();
  return file.string() + (identified ? ", build id " + elf->build_id() : "");
}

// The file of the first library of a family: its name carries the version.
template <size_t N>
std::string family(const std::vector<Library>& libraries,
                   const std::array<std::string_view, N>& stems) {
  for (std::string_view stem : stems) {
    for (const Library& library : libraries) {
      if (library.name.starts_with(stem)) return library.file.string();
    }
  }
  return "";
}

}  // namespace

void add_library_facts(Manifest& manifest, const fs::path& program, const std::string& loader) {
  std::vector<Library> libraries;
  if (!loader.empty()) libraries = loaded_libraries(program, loader);
  for (const Library& library : libraries) {
    manifest["library." + library.name] =
        library.file.empty() ? "not found" : described(library.file);
  }
  manifest["blas"] = or_absent(family(libraries, kBlas));
  manifest["openmp"] = or_absent(family(libraries, kOpenMp));
}

}  // namespace detaudit::auditor
