#include "auditor/scan/reader_crew.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <thread>

#include "auditor/scan/reader_process.h"

namespace detaudit::auditor {
namespace {

constexpr std::chrono::seconds kLimit{300};  // for one file

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& argv) : argv_(argv) {}

  Reading read(const ReadingRequest& request) {
    if (!process_) process_ = std::make_unique<ReaderProcess>(argv_);
    const std::optional<std::string> answer = process_->ask(to_line(request), kLimit);
    if (!answer) {
      const std::string end = process_->end();
      process_.reset();
      return skipped_reading("its reader " + end);
    }
    std::optional<Reading> reading = parse_reading(*answer);
    return reading ? std::move(*reading) : skipped_reading("its reader answered nonsense");
  }

 private:
  const std::vector<std::string>& argv_;
  std::unique_ptr<ReaderProcess> process_;
};

}  // namespace

std::vector<Reading> read_all(const std::vector<std::string>& argv,
                              const std::vector<ReadingRequest>& requests, unsigned threads) {
  std::vector<Reading> readings(requests.size());
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> failures(std::clamp<size_t>(threads, 1, requests.size() + 1));
  {
    std::vector<std::jthread> crew;
    for (std::exception_ptr& failure : failures) {
      crew.emplace_back([&] {
        try {
          Reader reader(argv);
          for (size_t i = next++; i < requests.size(); i = next++) {
            readings[i] = reader.read(requests[i]);
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
