#include "auditor/symbols/symbolizer.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <map>

namespace detaudit::auditor {
namespace {

struct EndDwfl {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};

char* g_debug_path = nullptr;  // libdw's own places
const Dwfl_Callbacks kCallbacks = {dwfl_build_id_find_elf, dwfl_standard_find_debuginfo,
                                   dwfl_offline_section_address, &g_debug_path};

std::string demangled(const char* symbol) {
  int status = 0;
  char* name = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string text = status == 0 && name ? name : symbol;
  std::free(name);
  return text;
}

// Headers and inlined code of the language's own library.
bool is_systems(const std::string& file) {
  return file.starts_with("/usr/include/") || file.starts_with("/usr/lib/") ||
         file.starts_with("/rustc/");
}

// One file, loaded where libdw likes it.
class Module {
 public:
  explicit Module(const std::filesystem::path& path) : dwfl_(dwfl_begin(&kCallbacks)) {
    if (!dwfl_) return;
    dwfl_report_begin(dwfl_.get());
    module_ = dwfl_report_offline(dwfl_.get(), "", path.c_str(), -1);
    dwfl_report_end(dwfl_.get(), nullptr, nullptr);
    if (module_) {
      dwfl_module_info(module_, nullptr, &start_, nullptr, nullptr, nullptr, nullptr, nullptr);
    }
  }

  std::optional<CodePlace> find(uint64_t offset) const {
    if (!module_) return std::nullopt;
    const Dwarf_Addr address = start_ + offset;
    CodePlace place;
    if (const char* symbol = dwfl_module_addrname(module_, address)) {
      place.function = demangled(symbol);
    }
    if (Dwfl_Line* line = dwfl_module_getsrc(module_, address)) {
      int number = 0;
      const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
      if (file && number > 0) {
        place.file = whole(file, dwfl_line_comp_dir(line));
        place.line = static_cast<uint32_t>(number);
      }
    }
    leave_inlined(address, place);
    if (place.function.empty() && place.file.empty()) return std::nullopt;
    return place;
  }

 private:
  static std::string whole(const char* file, const char* folder) {
    if (std::filesystem::path(file).is_absolute() || !folder) return file;
    return (std::filesystem::path(folder) / file).lexically_normal().string();
  }

  // The function that the line is in, which may have been inlined; out of the system's headers, to
  // the line that called what is in them.
  void leave_inlined(Dwarf_Addr address, CodePlace& place) const {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module_, address, &bias);
    Dwarf_Die* scopes = nullptr;
    const int count = unit ? dwarf_getscopes(unit, address - bias, &scopes) : 0;
    for (int i = 0; i < count; ++i) {
      const int tag = dwarf_tag(&scopes[i]);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
      if (const char* name = dwarf_diename(&scopes[i])) place.function = name;
      if (tag == DW_TAG_subprogram || !is_systems(place.file)) break;
      go_to_call(*unit, scopes[i], place);
    }
    std::free(scopes);
  }

  static void go_to_call(Dwarf_Die& unit, Dwarf_Die& inlined, CodePlace& place) {
    Dwarf_Attribute file, line, folder;
    Dwarf_Word file_number = 0, number = 0;
    Dwarf_Files* files = nullptr;
    size_t count = 0;
    if (!dwarf_attr(&inlined, DW_AT_call_file, &file) || dwarf_formudata(&file, &file_number) != 0 ||
        !dwarf_attr(&inlined, DW_AT_call_line, &line) || dwarf_formudata(&line, &number) != 0 ||
        dwarf_getsrcfiles(&unit, &files, &count) != 0 || file_number >= count) {
      return;
    }
    const char* name = dwarf_filesrc(files, file_number, nullptr, nullptr);
    if (!name) return;
    place.file = whole(name, dwarf_attr(&unit, DW_AT_comp_dir, &folder) ? dwarf_formstring(&folder)
                                                                        : nullptr);
    place.line = static_cast<uint32_t>(number);
  }

  std::unique_ptr<Dwfl, EndDwfl> dwfl_;
  Dwfl_Module* module_ = nullptr;
  Dwarf_Addr start_ = 0;
};

}  // namespace

struct Symbolizer::Modules {
  std::map<std::filesystem::path, Module> by_path;
};

Symbolizer::Symbolizer() : modules_(std::make_unique<Modules>()) {}
Symbolizer::~Symbolizer() = default;

std::optional<CodePlace> Symbolizer::find(const std::filesystem::path& module, uint64_t offset) {
  return modules_->by_path.try_emplace(module, module).first->second.find(offset);
}

}  // namespace detaudit::auditor
