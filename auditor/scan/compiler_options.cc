#include "auditor/scan/compiler_options.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string_view>

#include "auditor/scan/shell_split.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr int kMostNestedFiles = 8;

// An option with a value, under all its names, and clang's name for it.
struct ValueOption {
  std::string_view name, clang;
};
constexpr std::array<ValueOption, 17> kKept = {{
    {"-I", "-I"},
    {"--include-path", "-I"},
    {"-isystem", "-isystem"},
    {"--system-include", "-isystem"},
    {"-iquote", "-iquote"},
    {"-idirafter", "-idirafter"},
    {"-include", "-include"},
    {"--pre-include", "-include"},
    {"-imacros", "-imacros"},
    {"-D", "-D"},
    {"--define-macro", "-D"},
    {"-U", "-U"},
    {"--undefine-macro", "-U"},
    {"-isysroot", "-isysroot"},
    {"--sysroot", "--sysroot"},
    {"-target", "-target"},
    {"-imultilib", ""},
}};

// Options whose value is the next word, and which do not matter here.
constexpr std::array<std::string_view, 66> kDropped = {
    "-o", "--output-file", "-ccbin", "--compiler-bindir", "-Xptxas", "--ptxas-options", "-Xlinker",
    "--linker-options", "-Xnvlink", "--nvlink-options", "-Xarchive", "--archive-options", "-t",
    "--threads", "-split-compile", "--split-compile", "-diag-suppress", "--diag-suppress",
    "-diag-error", "--diag-error", "-diag-warn", "--diag-warn", "-default-stream",
    "--default-stream", "-maxrregcount", "--maxrregcount", "-rdc", "--relocatable-device-code",
    "-cudart", "--cudart", "-cudadevrt", "--cudadevrt", "-odir", "--output-directory", "-MF",
    "--dependency-output", "-MT", "-MQ", "--dependency-target-name", "-L", "--library-path", "-l",
    "--library", "-opt-info", "--optimization-info", "-keep-dir", "--keep-dir", "-ldir",
    "--libdevice-directory", "-target-dir", "--target-directory", "-m", "--machine", "-e",
    "--entries", "-arbin", "--archiver-binary", "-Ofc", "--Ofast-compile", "-Xclang", "-mllvm",
    "-arch-list", "--param", "-aux-info", "-dumpbase", "-dumpdir"};

constexpr std::array<std::string_view, 8> kArchitecture = {
    "-gencode", "--generate-code", "-arch", "--gpu-architecture", "-code", "--gpu-code",
    "--cuda-gpu-arch", "--offload-arch"};

constexpr std::array<std::string_view, 5> kLaunchers = {"ccache", "sccache", "distcc", "icecc",
                                                        "env"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool changes_arithmetic(const std::string& word) {
  static const std::regex kPattern(
      R"(-{1,2}use_fast_math|-ffast-math|-Ofast|-funsafe-math-optimizations|-fassociative-math|)"
      R"(-freciprocal-math|-ffp-contract=(fast|on)|-march=native|-mtune=native|)"
      R"(-{1,2}(ftz|fmad|prec-div|prec-sqrt)=\w+|-fp-model[=:]?fast.*|-mrecip.*)");
  return std::regex_match(word, kPattern);
}

// What else of the host's compiler decides how a source reads.
bool matters_to_host(const std::string& word) {
  static const std::regex kPattern(
      R"(-f(no-)?(signed|unsigned)-char|-fshort-(enums|wchar)|-fms-extensions|)"
      R"(-fcoroutines|-fconcepts|)"
      R"(-fno-exceptions|-fno-rtti|-fchar8_t|-fno-char8_t|-pthread|)"
      R"(-m(no-)?(avx|sse|fma|f16c|bmi|aes|pclmul|popcnt|lzcnt|amx|vnni).*|-march=.*|-m(32|64)|)"
      R"(-stdlib=.*|--gcc-toolchain=.*|-nostdinc(\+\+)?)");
  return std::regex_match(word, kPattern);
}

class Parser {
 public:
  explicit Parser(std::string directory) : directory_(std::move(directory)) {}

  CompilerOptions run(std::vector<std::string> words) {
    strip_launchers(words);
    words_ = expanded(words, 0);
    for (at_ = 0; at_ < words_.size(); ++at_) read(words_[at_]);
    return std::move(options_);
  }

 private:
  static void strip_launchers(std::vector<std::string>& words) {
    auto launches = [](const std::string& word) {
      return contains(kLaunchers, fs::path(word).filename().string());
    };
    while (words.size() > 1 && launches(words.front())) {
      words.erase(words.begin());
      // env's settings, sccache's own options
      while (words.size() > 1 && (words.front().find('=') != std::string::npos))
        words.erase(words.begin());
    }
    if (!words.empty()) words.erase(words.begin());
  }

  // With what response and options files hold in their place.
  std::vector<std::string> expanded(const std::vector<std::string>& words, int depth) {
    std::vector<std::string> all;
    for (size_t i = 0; i < words.size(); ++i) {
      std::string files;
      const std::string& word = words[i];
      if (word.starts_with("@")) {
        files = word.substr(1);
      } else if (word.starts_with("--options-file=") || word.starts_with("-optf=")) {
        files = word.substr(word.find('=') + 1);
      } else if ((word == "--options-file" || word == "-optf") && i + 1 < words.size()) {
        files = words[++i];
      } else {
        all.push_back(word);
        continue;
      }
      std::istringstream list(files);
      for (std::string file; std::getline(list, file, ',');) {
        for (std::string& each : words_of_file(file, depth)) all.push_back(std::move(each));
      }
    }
    return all;
  }

  std::vector<std::string> words_of_file(const std::string& file, int depth) {
    const fs::path path =
        fs::path(file).is_absolute() ? fs::path(file) : fs::path(directory_) / file;
    std::ifstream stream(path, std::ios::binary);
    if (!stream || depth >= kMostNestedFiles) {
      options_.problems.push_back("the options of `" + path.string() + "` cannot be read");
      return {};
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return expanded(shell_split(text.str()), depth + 1);
  }

  std::string next() { return at_ + 1 < words_.size() ? words_[++at_] : ""; }

  void read(const std::string& word) {
    if (changes_arithmetic(word)) options_.facts.push_back(word);
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const bool valued = equals != std::string::npos;
    auto value = [&] { return valued ? word.substr(equals + 1) : next(); };
    if (name == "-Xcompiler" || name == "--compiler-options") return read_host(value());
    if (name == "-std" || name == "--std") options_.standard = value();
    else if (word == "-x" || name == "--x" || name == "--language") options_.language = value();
    else if (word == "-fopenmp" || word == "-qopenmp" || word.starts_with("-fopenmp="))
      options_.openmp = true;
    else if (contains(kArchitecture, name)) add_architectures(value());
    else if (!keep(word) && !drop(word) && matters_to_host(word)) options_.kept.push_back(word);
  }

  // `-Xcompiler -fopenmp,-Wall`
  void read_host(const std::string& list) {
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
      if (changes_arithmetic(word)) options_.facts.push_back(word);
      if (word == "-fopenmp" || word == "-qopenmp") options_.openmp = true;
      const bool joined = word.size() > 2 && (word.starts_with("-D") || word.starts_with("-U") ||
                                              word.starts_with("-I"));
      // The device's compiler knows none of the host's instructions.
      if (joined || word.starts_with("-f")) {
        if (joined || matters_to_host(word)) options_.kept.push_back(word);
      }
    }
  }

  // `-I folder`, `-Ifolder`, `--include-path=folder`
  bool keep(const std::string& word) {
    for (const ValueOption& option : kKept) {
      if (!word.starts_with(option.name)) continue;
      std::string rest = word.substr(option.name.size());
      const bool alone = rest.empty();
      const bool joined = option.name.size() == 2 || option.name == "-isystem" ||
                          option.name == "-iquote" || option.name == "-idirafter";
      if (!alone && rest.front() == '=' && option.name.size() > 2) {
        rest.erase(0, 1);
      } else if (!alone && !joined) {
        continue;
      }
      const std::string value = alone ? next() : rest;
      if (!option.clang.empty()) {
        options_.kept.emplace_back(option.clang);
        options_.kept.push_back(value);
      }
      return true;
    }
    return false;
  }

  bool drop(const std::string& word) {
    if (!contains(kDropped, word)) return false;
    next();
    return true;
  }

  // "arch=compute_90,code=[sm_90,compute_90]"
  void add_architectures(const std::string& list) {
    static const std::regex kNumber(R"((?:sm|compute)_(\d+))");
    for (std::sregex_iterator it(list.begin(), list.end(), kNumber), end; it != end; ++it) {
      options_.sms.push_back(static_cast<unsigned>(std::stoul((*it)[1].str().substr(0, 6))));
    }
  }

  std::string directory_;
  std::vector<std::string> words_;
  size_t at_ = 0;
  CompilerOptions options_;
};

}  // namespace

CompilerOptions read_options(std::vector<std::string> words, const std::string& directory) {
  return Parser(directory).run(std::move(words));
}

}  // namespace detaudit::auditor
