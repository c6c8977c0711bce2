#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "kernels/digest.h"

namespace detaudit::auditor {

// From so many on, chunks of zeros that follow each other are one event: a run of them, which a
// hole of 100 GB costs as little as the megabyte that the shortest one is.
inline constexpr uint64_t kFewestZeroChunks = 16;

// What a file is read as: chunks of kDigestChunkBytes, the last one shorter, and holes, in whole
// chunks. Both answer false to stop.
struct ChunkSink {
  std::function<bool(uint64_t index, const char* data, size_t bytes)> data;
  std::function<bool(uint64_t index, uint64_t chunks)> hole;
};

// Gives a file to `sink` in order; holes are not read where the file system tells of them. An empty
// file is one empty chunk: it exists. False when it cannot be read to its end. Throws Interrupted
// on Ctrl-C.
bool read_chunks(const std::filesystem::path& path, const ChunkSink& sink);

// Chunks as they are recorded: the same bytes give the same events, whether zeros were written or
// left out.
class RecordedChunks {
 public:
  // `record`: the first chunk's index, and its digest or that of a run of zeros.
  using Record = std::function<void(uint64_t index, const kernels::Digest& digest)>;
  explicit RecordedChunks(Record record) : record_(std::move(record)) {}

  void add(uint64_t index, const kernels::Digest& digest);
  void add_zeros(uint64_t index, uint64_t chunks);
  void finish();

 private:
  const Record record_;
  uint64_t zeros_from_ = 0, zeros_ = 0;
};

}  // namespace detaudit::auditor
