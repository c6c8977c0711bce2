#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <functional>

#include "auditor/launch/outside_watch.h"
#include "auditor/launch/process_files.h"
#include "instrument/watch/descriptor_channel.h"
#include "instrument/watch/hand_over.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using instrument::HandOver;
using instrument::SourceKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// Paths as this very process names them.
class Paths : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    folder_ = std::filesystem::canonical(folder_);
    std::filesystem::create_directory(folder_ / "in");
    write("in/file", "bytes", 0644);
    std::filesystem::create_symlink("in", folder_ / "way");
    std::filesystem::create_symlink("way/file", folder_ / "link");
    std::filesystem::create_symlink("in/nobody", folder_ / "dangling");
    std::filesystem::create_symlink("loop", folder_ / "loop");
    base_.reset(open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  std::string place(const std::string& path) const { return name(files_.place(base_.get(), path)); }
  std::string end_of(const std::string& path) const {
    return name(files_.end_of(base_.get(), path));
  }
  std::string name(const std::optional<NamedPlace>& place) const {
    if (!place) return "nowhere";
    const std::string text = place->name(), start = folder_.string() + "/";
    return text.starts_with(start) ? text.substr(start.size()) : text;
  }

  FileDescriptor base_;
  ProcessFiles files_{getpid()};
};

TEST_F(Paths, LeadThroughFolders) {
  EXPECT_EQ(place("in/file"), "in/file");
  EXPECT_EQ(place("way/new"), "in/new");
  EXPECT_EQ(place("in/../way/./new/"), "in/new");
  EXPECT_EQ(place("link"), "link");
  EXPECT_EQ(place(folder_.string() + "/way/new"), "in/new");
  EXPECT_EQ(place("missing/new"), "nowhere");
  EXPECT_EQ(place(""), "nowhere");
  EXPECT_EQ(place(".."), "nowhere");
  EXPECT_EQ(place("/"), "nowhere");
  EXPECT_EQ(name(files_.place(AT_FDCWD, "new")),
            (std::filesystem::current_path() / "new").string());
  EXPECT_EQ(name(files_.place(12345, "new")), "nowhere");
}

TEST_F(Paths, EndWhereLinksDo) {
  EXPECT_EQ(end_of("link"), "in/file");
  EXPECT_EQ(end_of("dangling"), "in/nobody");
  EXPECT_EQ(end_of("loop"), "nowhere");
}

TEST_F(Paths, OfDescriptorsAreThoseOfTheirOwner) {
  const FileDescriptor file(open((folder_ / "in/file").c_str(), O_RDWR | O_CLOEXEC));
  const std::string number = std::to_string(file.get());
  EXPECT_EQ(end_of("/proc/self/fd/" + number), "in/file");
  EXPECT_EQ(end_of("/proc/thread-self/fd/" + number), "in/file");
  EXPECT_EQ(end_of("/dev/fd/" + number), "in/file");
  std::filesystem::remove(folder_ / "in/file");
  EXPECT_EQ(end_of("/proc/self/fd/" + number), "nowhere");
}

TEST_F(Paths, StayBelowAFolderWhereTheyMust) {
  constexpr uint64_t kInRoot = 0x10;
  EXPECT_EQ(name(files_.place(base_.get(), "/way/new", kInRoot)), "in/new");
  EXPECT_EQ(name(files_.place(base_.get(), "../../in/new", kInRoot)), "in/new");
}

TEST_F(Paths, AreReadFromMemoryThatMayEnd) {
  auto* pages = static_cast<char*>(
      mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(pages + 4096, 4096, PROT_NONE);
  std::strcpy(pages + 4096 - 5, "name");
  std::string text;
  const auto address = reinterpret_cast<uint64_t>(pages);
  EXPECT_EQ(files_.read_text(address + 4096 - 5, text), ProcessFiles::Read::kDone);
  EXPECT_EQ(text, "name");
  std::memset(pages, 'x', 4096);
  EXPECT_EQ(files_.read_text(address + 4000, text), ProcessFiles::Read::kNoMemory);
  EXPECT_EQ(files_.read_text(8, text), ProcessFiles::Read::kNoMemory);
  munmap(pages, 8192);
}

// A child that is handed over and then does `act`, as a program does.
class Watched : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    folder_ = std::filesystem::canonical(folder_);
    std::filesystem::create_directory(folder_ / "ours");
    write("old", "bytes", 0644);
  }
  // Its exit code: 0 when `act` returns true; 9 when nobody watches.
  int child(const OutsideWatch& watch, const std::function<bool()>& act) const {
    const pid_t process = fork();
    if (process == 0) {
      if (chdir(folder_.c_str()) != 0) _exit(8);
      _exit(instrument::hand_over(watch.name().c_str()) != HandOver::kWatched ? 9 : act() ? 0 : 1);
    }
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::vector<std::pair<SourceKind, std::string>> deeds(const OutsideView& view) const {
    std::vector<std::pair<SourceKind, std::string>> found;
    for (const auto& record : view.files)
      found.emplace_back(record.kind,
                         std::filesystem::path(record.site).lexically_relative(folder_));
    return found;
  }
  OutsideView view_of(const std::function<bool()>& act, const EarlierWindow& earlier = {}) const {
    OutsideWatch watch(folder_ / "ours", earlier);
    EXPECT_EQ(child(watch, act), 0);
    OutsideView view = watch.finish();
    EXPECT_EQ(view.refused, "");
    return view;
  }
};

bool opens(const char* path, int flags) {
  const int file = open(path, flags, 0644);
  return file >= 0 && close(file) == 0;
}

TEST_F(Watched, WhatIsWrittenIsTold) {
  const OutsideView view = view_of([] {
    return opens("old", O_RDONLY) && opens("new", O_CREAT | O_WRONLY) && opens("new", O_WRONLY) &&
           rename("new", "moved") == 0 && link("moved", "second") == 0 &&
           symlink("x", "link") == 0 && unlink("old") == 0 && truncate("moved", 3) == 0 &&
           opens("ours/trace", O_CREAT | O_WRONLY) && opens("/dev/null", O_WRONLY);
  });
  EXPECT_THAT(
      deeds(view),
      ElementsAre(Pair(SourceKind::kFileWritten, "new"), Pair(SourceKind::kFileRemoved, "new"),
                  Pair(SourceKind::kFileWritten, "moved"), Pair(SourceKind::kFileWritten, "second"),
                  Pair(SourceKind::kFileWritten, "link"), Pair(SourceKind::kFileRemoved, "old")));
  EXPECT_THAT(view.unseen, IsEmpty());
}

TEST_F(Watched, WhatFailsIsNot) {
  const OutsideView view = view_of([] {
    return !opens("none/new", O_CREAT | O_WRONLY) && !opens("old", O_CREAT | O_EXCL | O_WRONLY) &&
           !opens("none", O_WRONLY) && !opens(".", O_WRONLY) && rename("none", "new") != 0 &&
           unlink("none") != 0 && link("old", "old") != 0 &&
           open(reinterpret_cast<const char*>(8), O_CREAT | O_WRONLY, 0644) < 0 && errno == EFAULT;
  });
  EXPECT_THAT(deeds(view), IsEmpty());
  EXPECT_THAT(view.unseen, IsEmpty());
}

TEST_F(Watched, WhatAnEarlierRunLeftIsToldWhenItIsOpened) {
  const auto act = [] { return opens("old", O_RDONLY) && opens("old", O_WRONLY | O_TRUNC); };
  EXPECT_THAT(deeds(view_of(act, {0, INT64_MAX})),
              UnorderedElementsAre(Pair(SourceKind::kFileInherited, "old"),
                                   Pair(SourceKind::kFileWritten, "old")));
  EXPECT_THAT(deeds(view_of(act, {0, 1})), ElementsAre(Pair(SourceKind::kFileWritten, "old")));
}

TEST_F(Watched, WhatItStartsIsWatchedToo) {
  const OutsideView view = view_of([] {
    int status = 1;
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      execl("/bin/sh", "sh", "-c", "echo > by_shell", nullptr);
      _exit(1);
    }
    return waitpid(grandchild, &status, 0) == grandchild && status == 0 &&
           instrument::under_call_filter() && instrument::hand_over("nobody") == HandOver::kWatched;
  });
  EXPECT_THAT(deeds(view), ElementsAre(Pair(SourceKind::kFileWritten, "by_shell")));
}

TEST_F(Watched, WhatCannotBeFollowedIsSaid) {
  EXPECT_THAT(view_of([] { return syscall(SYS_io_uring_setup, 0, nullptr) < 0; }).unseen,
              ElementsAre(HasSubstr("io_uring_setup")));
  if (geteuid() != 0) return;
  EXPECT_THAT(view_of([] { return chroot(".") == 0 && opens("/new", O_CREAT | O_WRONLY); }).unseen,
              ElementsAre(HasSubstr("root folder")));
}

TEST_F(Watched, WithoutAWatcherNothingIsChanged) {
  EXPECT_EQ(instrument::hand_over(""), HandOver::kUnwatched);
  EXPECT_EQ(instrument::hand_over("detaudit-of-nobody"), HandOver::kUnwatched);
  EXPECT_FALSE(instrument::under_call_filter());
}

// Neither a program that its run left behind hangs, nor does a file fail it.
TEST_F(Watched, WhoOutlivesTheWatchGoesOn) {
  int gate[2];
  ASSERT_EQ(pipe2(gate, O_CLOEXEC), 0);
  pid_t process;
  {
    OutsideWatch watch(folder_ / "ours", {});
    process = fork();
    if (process == 0) {
      char byte;
      // What came after the gate is the watch's own, which programs do not inherit.
      syscall(SYS_close_range, static_cast<unsigned>(gate[1]) + 1, ~0u, 0u);
      const bool watched = instrument::hand_over(watch.name().c_str()) == HandOver::kWatched;
      const bool went = chdir(folder_.c_str()) == 0 && opens("first", O_CREAT | O_WRONLY) &&
                        ::read(gate[0], &byte, 1) == 1 && opens("second", O_CREAT | O_WRONLY);
      _exit(watched && went ? 0 : 1);
    }
    while (!std::filesystem::exists(folder_ / "first")) usleep(1000);
    EXPECT_THAT(deeds(watch.finish()), ElementsAre(Pair(SourceKind::kFileWritten, "first")));
  }
  ASSERT_EQ(::write(gate[1], "", 1), 1);
  int status = 1;
  waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "second"));
}

int guest(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int file = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return connect(file, reinterpret_cast<sockaddr*>(&address), bytes) == 0 ? file : -1;
}

TEST_F(Watched, GuestsThatDoNotBehaveDisturbNobody) {
  OutsideWatch watch(folder_ / "ours", {});
  const FileDescriptor silent(guest(watch.name())), wrong(guest(watch.name()));
  { const FileDescriptor gone(guest(watch.name())); }
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(instrument::pass_descriptor(wrong.get(), 0, null.get()));
  EXPECT_EQ(child(watch, [] { return opens("new", O_CREAT | O_WRONLY); }), 0);
  EXPECT_THAT(deeds(watch.finish()), ElementsAre(Pair(SourceKind::kFileWritten, "new")));
}

}  // namespace
}  // namespace detaudit::auditor
