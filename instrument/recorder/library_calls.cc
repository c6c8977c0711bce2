#include "instrument/recorder/library_calls.h"

#include <cstdio>
#include <cstring>

#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

thread_local const char* t_call __attribute__((tls_model("initial-exec"))) = nullptr;

// Pairs noted so far, by hash.
constexpr size_t kPlaces = 2 * kMostLibraryFacts;
constinit std::atomic<uint64_t> g_noted[kPlaces]{};
unsigned g_used = 0;  // guarded by the recorder's lock
bool g_full = false;  // the same

std::atomic<uint64_t>& find(uint64_t key) {
  for (size_t at = key % kPlaces;; at = (at + 1) % kPlaces) {
    const uint64_t found = g_noted[at].load(std::memory_order_acquire);
    if (found == 0 || found == key) return g_noted[at];
  }
}

void note(SourceKind kind, const char* call, const char* text) {
  const uint64_t key =
      (text_hash(text) + text_hash(call) * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(kind)) | 1;
  if (find(key).load(std::memory_order_acquire) == key) return;
  Session session;
  std::atomic<uint64_t>& place = find(key);
  if (place.load(std::memory_order_relaxed) == key) return;
  TraceWriter& writer = session.writer();
  if (g_used == kMostLibraryFacts) {
    if (!g_full)
      writer.source(SourceKind::kCoverage, "library settings beyond those that are kept", "",
                    session.process_step(), writer.events(), 1);
    g_full = true;
    return;
  }
  ++g_used;
  if (session.process_step() <= settings().stop_after_step)
    writer.source(kind, call, text, session.process_step(), writer.events(), 1);
  place.store(key, std::memory_order_release);
}

DeclaredBuffer given(const char* name, uint64_t bytes, const kernels::Digest& digest) {
  DeclaredBuffer buffer{};
  buffer.name = name;
  buffer.elements = buffer.bytes = bytes;
  buffer.dtype = kernels::DType::kU8;
  buffer.digest = digest;
  return buffer;
}

void record(EventKind kind, const char* call, const char* key, std::span<const std::byte> problem,
            const char* choice) {
  ThreadLane* lane = current_lane();
  if (!lane || lane->replaying) return;
  const auto asked = kernels::digest(problem.data(), problem.size());
  char text[320];
  if (problem.empty())
    std::snprintf(text, sizeof text, "%s", choice);
  else
    std::snprintf(text, sizeof text, "%s for problem %08x", choice,
                  static_cast<uint32_t>(asked.low));
  note(SourceKind::kLibraryChoice, call, text);
  const size_t bytes = std::strlen(choice);
  const DeclaredBuffer input = given("problem", problem.size(), asked);
  const DeclaredBuffer output = given("choice", bytes, kernels::digest(choice, bytes));
  Session session;
  Place place;
  if (!session.place(*lane, kind, call, key, place)) return;
  session.write(place, {kind, {&input, problem.empty() ? size_t{0} : 1}, {&output, 1}, 0});
}

}  // namespace

bool enter_library_call(const char* label) {
  if (t_call) return false;
  t_call = label;
  return true;
}
void leave_library_call() { t_call = nullptr; }
const char* library_call() { return t_call; }

void note_library_setting(const char* call, const char* setting) {
  ThreadLane* lane = current_lane();
  if (lane && lane->replaying) return;
  note(SourceKind::kLibrarySetting, call, setting);
}

void note_unseen_call(const char* call, const char* why) {
  note(SourceKind::kUnseenCall, why, call);
}

void record_choice(const char* call, std::span<const std::byte> problem, const char* choice) {
  record(EventKind::kOperation, call, "", problem, choice);
}

void record_seed(const char* call, const char* key, const char* state) {
  record(EventKind::kRngStream, call, key, {}, state);
}

}  // namespace detaudit::instrument
