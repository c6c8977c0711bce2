// A subject for the recorder's tests: does what its argument names, under audit or not.
#include <detaudit/probe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <detaudit/probe.hpp>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

int check(bool ok, int code) { return ok ? 0 : code; }

int ops() {
  std::vector<float> a(1000, 1.5f), b(1000, 2.0f), c(1000);
  for (uint64_t step = 0; step < 3; ++step) {
    detaudit::step(step);
    for (const char* key :
         {static_cast<const char*>(nullptr), "w", static_cast<const char*>(nullptr)}) {
      DETAUDIT_HERE();
      detaudit::Operation op("add", key);
      op.input("a", a).input("b", b);
      for (size_t i = 0; i < a.size(); ++i) c[i] = a[i] + b[i];
      op.output("c", c);
    }
    a = c;
    detaudit::metric("loss", 0.5 * static_cast<double>(step));
  }
  uint64_t forward[] = {3, 1, 2}, backward[] = {2, 1, 3};
  detaudit::batch("train", forward);
  detaudit::batch("train", backward);
  detaudit::rng_stream("shuffle", forward);
  return 0;
}

// Buffers that nobody can read here, with their digests.
int given() {
  auto* elsewhere = reinterpret_cast<float*>(uintptr_t{0x1000});
  const detaudit_buffer device{"device", elsewhere, 1000, DETAUDIT_F32};
  float host = 1;
  detaudit_op* op = detaudit_op_begin("kernel", nullptr);
  detaudit_op_output(op, {"host", &host, 1, DETAUDIT_F32});
  detaudit_op_output_digest(op, device, 5, 6);
  detaudit_op_input_digest(op, device, 3, 4);
  host = 2;
  detaudit_op_end(op);
  detaudit_op_input_digest(nullptr, device, 1, 2);
  return 0;
}

int goes_back() {
  for (uint64_t step : {0, 1, 1, 0, 1}) {
    detaudit::step(step);
    detaudit::Operation("visit").end();
  }
  return 0;
}

int bad_use() {
  detaudit_buffer none{nullptr, nullptr, 10, DETAUDIT_F32};
  float value = 1;
  detaudit_buffer nothing{"empty", &value, 0, DETAUDIT_F32};
  detaudit_buffer huge{"huge", &value, SIZE_MAX, DETAUDIT_F64};
  detaudit_buffer strange{"strange", &value, 4, static_cast<detaudit_dtype>(99)};
  detaudit_op* op = detaudit_op_begin(nullptr, nullptr);
  for (const detaudit_buffer& buffer : {none, nothing, huge, strange}) {
    detaudit_op_input(op, buffer);
    detaudit_op_output(op, buffer);
    detaudit_op_input(nullptr, buffer);
    detaudit_op_output(nullptr, buffer);
  }
  detaudit_op_end(nullptr);
  detaudit_op_end(op);
  detaudit_op_end(op);
  detaudit_op_output(op, nothing);
  detaudit_op_end(reinterpret_cast<detaudit_op*>(uintptr_t{0x123456789}));
  detaudit_op_run(
      nullptr, nullptr, nullptr, 3, nullptr, 3, [](void*) {}, nullptr);
  detaudit_op_run("none", nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr);
  detaudit_rng_stream(nullptr, nullptr, 10);
  detaudit_batch(nullptr, nullptr, 10);
  detaudit_metric(nullptr, 0.0 / 1.0);
  detaudit_lane(nullptr);
  detaudit_location(nullptr, 3);
  return 0;
}

int leak() {
  for (int i = 0; i < 5000; ++i) detaudit_op_begin("never ended", nullptr);
  return 0;
}

int left_by_a_thread() {
  std::thread([] { detaudit_op_begin("left open", nullptr); }).join();
  detaudit_op* op = nullptr;
  std::thread([&] { op = detaudit_op_begin("handed over", nullptr); }).join();
  detaudit_op_end(op);
  return 0;
}

int left_by_exit() {
  detaudit::run("exits", nullptr, {}, {}, [] { std::exit(0); });
  return 1;
}

int forks_inside() {
  detaudit::Operation op("around");
  detaudit::run("forks", nullptr, {}, {}, [] {
    const pid_t child = fork();
    if (child == 0) std::exit(0);
    waitpid(child, nullptr, 0);
  });
  return 0;
}

int keeps_errno() {
  errno = 77;
  int during = 0;
  std::vector<float> big(1 << 20);
  auto body = [&] {
    during = errno;
    errno = 78;
  };
  detaudit::run("sets", nullptr, {detaudit::buffer("x", big)}, {}, body);
  if (during != 77 || errno != 78) return 2;
  detaudit::metric("m", 1);
  detaudit::Operation("op").input("x", big);
  return check(errno == 78, 3);
}

int threads() {
  std::vector<std::thread> pool;
  for (int t = 0; t < 4; ++t)
    pool.emplace_back([t] {
      detaudit::lane(("worker " + std::to_string(t)).c_str());
      std::vector<int> data(200000, t);
      for (uint64_t step = 0; step < 50; ++step) {
        detaudit::step(step);
        data[step] = -1;
        detaudit::Operation("touch").input("data", data).output("data", data);
      }
    });
  for (auto& thread : pool) thread.join();
  return 0;
}

// Threads share work out, three pieces each that nothing tells apart and one that has a key.
int shares() {
  std::vector<std::thread> pool;
  for (int t = 0; t < 4; ++t)
    pool.emplace_back([t] {
      std::vector<int> data(16, t);
      for (int piece = 0; piece < 3; ++piece) detaudit::Operation("piece").output("data", data);
      detaudit::Operation("sample", std::to_string(t).c_str()).output("data", data);
    });
  for (auto& thread : pool) thread.join();
  return 0;
}

int forks() {
  detaudit::step(7);
  detaudit::Operation("parent").end();
  std::vector<float> big(1 << 20, 1.0f);
  detaudit::Operation("big").input("x", big);
  detaudit_op* open = detaudit_op_begin("across", nullptr);
  for (int n = 0; n < 2; ++n) {
    pid_t child = fork();
    if (child == 0) {
      detaudit_op_end(open);
      detaudit::Operation("child").input("x", big);
      if (n == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
          detaudit::Operation("grandchild").end();
          std::exit(0);
        }
        waitpid(grandchild, nullptr, 0);
      }
      std::exit(0);
    }
    waitpid(child, nullptr, 0);
  }
  detaudit_op_end(open);
  detaudit::Operation("parent").end();
  return 0;
}

int replaces_itself() {
  detaudit::Operation("before exec").end();
  execl("/proc/self/exe", "probe_subject", "one", nullptr);
  return 9;
}

int spawns() {
  std::string command = std::string("'") + std::getenv("SUBJECT") + "' one";
  if (std::system(command.c_str()) != 0) return 4;
  return std::system(command.c_str());
}

int one() {
  detaudit::Operation("one").end();
  return 0;
}

// Sums in whatever order its threads arrive; alone, in one order.
int racing() {
  std::vector<float> values(4096), sum(4);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1.0f / static_cast<float>(i + 1);
  std::vector<float> counter(1, 5.0f), fixed(16, 2.0f), doubled(16);
  uint64_t calls = 0;
  for (uint64_t step = 0; step < 4; ++step) {
    detaudit::step(step);
    std::vector<float> before = counter;
    auto race = [&] {
      // Stands for a race: what a thread saw last time decides this time's order, and that is in no
      // declared buffer.
      uint64_t order = detaudit::workers(4) > 1 ? calls++ : 0;
      float total = 0;
      for (size_t i = 0; i < values.size(); ++i)
        total += values[order % 2 ? values.size() - 1 - i : i];
      for (float& out : sum) out = total;
    };
    detaudit_location("race.cc", 17);
    detaudit::run("race", nullptr, {detaudit::buffer("values", values)},
                  {detaudit::buffer("sum", sum)}, race);
    if (step == 0 && sum[0] == 0) return 2;
    auto bump = [&] { counter[0] = counter[0] * 1.5f + 1.0f; };
    detaudit::run("bump", nullptr, {detaudit::buffer("counter", counter)},
                  {detaudit::buffer("counter", counter)}, bump);
    if (counter[0] != before[0] * 1.5f + 1.0f) return 3;
    auto twice = [&] {
      for (size_t i = 0; i < fixed.size(); ++i) doubled[i] = 2 * fixed[i];
      detaudit::Operation("nested").output("doubled", doubled);
    };
    detaudit::run("twice", nullptr, {detaudit::buffer("fixed", fixed)},
                  {detaudit::buffer("doubled", doubled)}, twice);
  }
  // What the run keeps is its own first execution: the forward order, four times, says the last.
  float forward = 0;
  for (float value : values) forward += value;
  return std::getenv("EXPECT_FORWARD") ? check(sum[0] == forward, 4) : 0;
}

// Digests alone, on a lent pool, and on one that does only half of what it is told.
int pools() {
  std::vector<float> big(300001, 1.25f), small(17, 3.0f), huge(2 << 20, 2.0f);
  auto everyone = [&] {
    detaudit::run("op", nullptr,
                  {detaudit::buffer("big", big), detaudit::buffer("small", small),
                   detaudit::buffer("big again", big)},
                  {detaudit::buffer("huge", huge)}, [] {});
  };
  everyone();
  size_t launches = 0;
  auto pool = [&](size_t blocks, auto body) {
    ++launches;
    std::thread other([&] {
      for (size_t i = 1; i < blocks; i += 2) body(i);
    });
    for (size_t i = 0; i < blocks; i += 2) body(i);
    other.join();
  };
  detaudit::lend_pool(pool);
  everyone();
  if (detaudit_active() && launches != 2) return 2;
  auto lazy = [](size_t blocks, auto body) {
    for (size_t i = 0; i < blocks; i += 2) body(i);
  };
  detaudit::lend_pool(lazy);
  everyone();
  detaudit::keep_pool();
  everyone();
  return 0;
}

int throws() {
  try {
    detaudit::run("throws", nullptr, {}, {}, [] { throw std::runtime_error("mine"); });
  } catch (const std::runtime_error&) {
    detaudit::Operation("after").end();
    return 0;
  }
  return 2;
}

int records_forever() {
  for (uint64_t step = 0;; ++step) {
    detaudit::step(step);
    detaudit::Operation("tick").end();
    if (step == 20000 && std::printf("x") && std::fflush(stdout)) return 1;
  }
}

int many() {
  for (uint64_t step = 0; step < 30000; ++step) {
    detaudit::step(step);
    detaudit::Operation("tick").end();
  }
  return 0;
}

int closes() {
  detaudit::Operation("first").end();
  for (int descriptor = 3; descriptor < 1000; ++descriptor) close(descriptor);
  std::FILE* mine = std::fopen(std::getenv("SUBJECT_FILE"), "w");
  std::fputs("mine", mine);
  std::fflush(mine);
  for (uint64_t i = 1; i < 30000; ++i) detaudit::Operation("tick").end();
  return 0;
}

// Waits in the trace's folder for a file to come.
int pauses() {
  std::string control = std::getenv("DETAUDIT_CONTROL");
  std::string folder = control.substr(6, control.find(';') - 6);
  detaudit::Operation("before").end();
  std::fclose(std::fopen((folder + "/paused").c_str(), "w"));
  while (access((folder + "/go on").c_str(), F_OK) != 0) usleep(1000);
  for (uint64_t i = 0; i < 30000; ++i) detaudit::Operation("tick").end();
  return 0;
}

int workers() {
  std::printf("%u", detaudit::workers(8));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<int()>> acts = {
      {"ops", ops},  {"given", given},       {"rewind", goes_back},        {"bad_use", bad_use},
      {"leak", leak},     {"errno", keeps_errno},       {"threads", threads},
      {"shares", shares},
      {"forks", forks},   {"exec", replaces_itself},    {"spawns", spawns},
      {"one", one},       {"racing", racing},           {"throws", throws},
      {"pools", pools},   {"forever", records_forever}, {"many", many},
      {"closes", closes}, {"pauses", pauses},           {"workers", workers},
      {"left_by_a_thread", left_by_a_thread}, {"left_by_exit", left_by_exit},
      {"forks_inside", forks_inside}};
  auto act = acts.find(argc > 1 ? argv[1] : "");
  return act == acts.end() ? 64 : act->second();
}
