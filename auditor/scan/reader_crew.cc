#include "auditor/scan/reader_crew.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <set>
#include <thread>

#include "auditor/scan/reader_process.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLimit{300};  // for one file

// Files that are too large to read in each scan (an interpreter, libclang) are known by size and
// time.
std::string file_state(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  const auto time = fs::last_write_time(path, error).time_since_epoch().count();
  return path.string() + ' ' + std::to_string(bytes) + ' ' + std::to_string(time) + '\n';
}

class Reader {
 public:
  explicit Reader(const ReaderProgram& program) : program_(program) {}

  // Nothing: it ended, and `end` says how.
  std::optional<Reading> read(const ReadingRequest& request, std::string& end) {
    if (!process_) process_ = std::make_unique<ReaderProcess>(program_.argv());
    const std::optional<std::string> answer = process_->ask(to_line(request), kLimit);
    std::optional<Reading> reading;
    if (answer) reading = parse_reading(*answer);
    if (reading) return reading;
    end = answer ? "answered nonsense" : process_->end();
    process_.reset();
    return std::nullopt;
  }

 private:
  const ReaderProgram& program_;
  std::unique_ptr<ReaderProcess> process_;
};

class CachingReader {
 public:
  CachingReader(const ReaderProgram& program, ReadingCache& cache, const PrefixOf& prefix_of)
      : program_(program), cache_(cache), prefix_of_(prefix_of), reader_(program) {}

  Reading read(ReadingRequest request, size_t index) {
    if (auto known = cache_.find(program_.identity(), request)) return std::move(*known);
    const Prefix* prefix = prefix_of_(index);
    if (prefix != nullptr) request.prefix = prefix->path;
    std::string end;
    std::optional<Reading> reading = reader_.read(request, end);
    // What ended its reader is no reading to keep: another time there may be more memory.
    if (!reading) return skipped_reading("its reader " + end);
    if (prefix != nullptr) add_includes(*reading, *prefix);
    cache_.keep(program_.identity(), request, *reading);
    return std::move(*reading);
  }

 private:
  static void add_includes(Reading& reading, const Prefix& prefix) {
    std::set<std::string> all(reading.includes.begin(), reading.includes.end());
    all.insert(prefix.includes.begin(), prefix.includes.end());
    reading.includes.assign(all.begin(), all.end());
  }

  const ReaderProgram& program_;
  ReadingCache& cache_;
  const PrefixOf& prefix_of_;
  Reader reader_;
};

}  // namespace

ReaderProgram::ReaderProgram(std::vector<std::string> argv, const std::vector<fs::path>& parts,
                             FileDigests& digests)
    : argv_(std::move(argv)) {
  identity_ = file_state(argv_.at(0)) + DETAUDIT_CLANG_LIBRARY " ";
  if (*DETAUDIT_CLANG_LIBRARY != '\0') identity_ += file_state(DETAUDIT_CLANG_LIBRARY);
  std::set<std::string> files;
  std::error_code error;
  for (const fs::path& part : parts) {
    for (fs::recursive_directory_iterator at(part, error), end; !error && at != end;
         at.increment(error)) {
      if (at->is_regular_file(error)) files.insert(at->path().string());
    }
  }
  for (const std::string& file : files) {
    const auto digest = digests.of_file(file);
    identity_ += file + ' ' + (digest ? kernels::to_hex(*digest) : "") + '\n';
  }
}

Reading read_one(const ReaderProgram& reader, const ReadingRequest& request) {
  std::string end;
  std::optional<Reading> reading = Reader(reader).read(request, end);
  return reading ? std::move(*reading) : skipped_reading("its reader " + end);
}

std::vector<Reading> read_all(const ReaderProgram& reader,
                              const std::vector<ReadingRequest>& requests, unsigned threads,
                              ReadingCache& cache, const PrefixOf& prefix_of) {
  std::vector<Reading> readings(requests.size());
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> failures(
      std::clamp<size_t>(requests.size(), 1, std::max(threads, 1u)));
  {
    std::vector<std::jthread> crew;
    for (std::exception_ptr& failure : failures) {
      crew.emplace_back([&] {
        try {
          CachingReader one(reader, cache, prefix_of);
          for (size_t i = next++; i < requests.size(); i = next++) {
            readings[i] = one.read(requests[i], i);
          }
        } catch (...) {
          failure = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return readings;
}

}  // namespace detaudit::auditor
