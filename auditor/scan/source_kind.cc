#include "auditor/scan/source_kind.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {
namespace {

struct Extension {
  std::string_view name;
  SourceKind kind;
};

constexpr std::array<Extension, 23> kExtensions = {{
    {".c", SourceKind::kC},          {".cc", SourceKind::kCxx},
    {".cpp", SourceKind::kCxx},      {".cxx", SourceKind::kCxx},
    {".c++", SourceKind::kCxx},      {".C", SourceKind::kCxx},
    {".cu", SourceKind::kCuda},      {".h", SourceKind::kHeader},
    {".hh", SourceKind::kHeader},    {".hpp", SourceKind::kHeader},
    {".hxx", SourceKind::kHeader},   {".h++", SourceKind::kHeader},
    {".H", SourceKind::kHeader},     {".inl", SourceKind::kHeader},
    {".ipp", SourceKind::kHeader},   {".tpp", SourceKind::kHeader},
    {".tcc", SourceKind::kHeader},   {".cuh", SourceKind::kCudaHeader},
    {".py", SourceKind::kPython},    {".pyw", SourceKind::kPython},
    {".pyx", SourceKind::kCython},   {".pxd", SourceKind::kCython},
    {".pxi", SourceKind::kCython},
}};

SourceKind by_first_line(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 128> head{};
  const ssize_t got = file.valid() ? ::read(file.get(), head.data(), head.size()) : 0;
  std::string_view line(head.data(), got > 0 ? static_cast<size_t>(got) : 0);
  line = line.substr(0, line.find('\n'));
  return line.starts_with("#!") && line.find("python") != line.npos ? SourceKind::kPython
                                                                    : SourceKind::kNone;
}

}  // namespace

SourceKind source_kind(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension.empty()) return by_first_line(path);
  const auto found = std::find_if(kExtensions.begin(), kExtensions.end(),
                                  [&](const Extension& each) { return each.name == extension; });
  return found == kExtensions.end() ? SourceKind::kNone : found->kind;
}

bool is_header(SourceKind kind) {
  return kind == SourceKind::kHeader || kind == SourceKind::kCudaHeader;
}

std::string kind_name(SourceKind kind) {
  switch (kind) {
    case SourceKind::kC:
      return "C";
    case SourceKind::kCxx:
      return "C++";
    case SourceKind::kCuda:
    case SourceKind::kCudaHeader:
      return "CUDA C++";
    case SourceKind::kHeader:
      return "C or C++ header";
    case SourceKind::kPython:
      return "Python";
    case SourceKind::kCython:
      return "Cython";
    case SourceKind::kNone:
      break;
  }
  return "GPU code";
}

}  // namespace detaudit::auditor
