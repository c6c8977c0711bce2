#include "auditor/launch/told_call.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>

#include "auditor/launch/process_files.h"
#include "instrument/watch/watched_calls.h"

namespace detaudit::auditor {
namespace {

using instrument::CallMeaning;
using instrument::SourceKind;
using instrument::WatchedCall;
using Place = std::optional<NamedPlace>;

const WatchedCall* find_call(const seccomp_data& data) {
  const bool bits_64 = data.arch == AUDIT_ARCH_X86_64;
  constexpr int kX32Bit = 0x40000000;
  for (const WatchedCall& call : instrument::kWatchedCalls) {
    if ((bits_64 ? call.number : call.number_32) == (bits_64 ? data.nr & ~kX32Bit : data.nr))
      return &call;
  }
  return nullptr;
}

int64_t changed_ns(const struct stat& facts) {
  return int64_t{facts.st_ctim.tv_sec} * 1'000'000'000 + facts.st_ctim.tv_nsec;
}

// One call of one thread that waits in it.
class Reading {
 public:
  Reading(const seccomp_notif& call, const WatchedCall& known, const EarlierWindow& earlier)
      : call_(call), known_(known), earlier_(earlier), process_(static_cast<pid_t>(call.pid)) {
    told_.name = known.name;
  }

  ToldCall read() {
    if (call_.pid == 0) {
      told_.unseen = "it is in another process namespace";
    } else if (known_.meaning == CallMeaning::kBeyond) {
      told_.unseen = std::string("it called ") + known_.name;
    } else {
      told_.unseen = process_.strange();
      if (told_.unseen.empty()) look();
    }
    return std::move(told_);
  }

 private:
  uint64_t argument(int index) const { return call_.data.args[index]; }
  int folder(int index) const { return index < 0 ? AT_FDCWD : static_cast<int>(argument(index)); }

  bool got(ProcessFiles::Read result) {
    if (result == ProcessFiles::Read::kForbidden) told_.unseen = "its memory may not be read";
    return result == ProcessFiles::Read::kDone;
  }
  bool text(int index, std::string& path) {
    return index >= 0 && got(process_.read_text(argument(index), path));
  }
  Place place(int folder_index, int path_index) {
    std::string path;
    return text(path_index, path) ? process_.place(folder(folder_index), path) : std::nullopt;
  }
  void add(SourceKind kind, const NamedPlace& place) {
    told_.deeds.push_back({kind, place.name()});
  }

  void look() {
    switch (known_.meaning) {
      case CallMeaning::kOpen:
        return open(argument(known_.detail), 0);
      case CallMeaning::kCreate:
        return open(O_CREAT | O_WRONLY | O_TRUNC, 0);
      case CallMeaning::kTruncate:
        return open(O_WRONLY | O_TRUNC, 0);
      case CallMeaning::kOpenHow:
        return open_how_told();
      case CallMeaning::kName:
        return name();
      case CallMeaning::kMove:
        return move();
      case CallMeaning::kRemove:
        return remove();
      case CallMeaning::kMakeNode:
        return make_node();
      case CallMeaning::kExecute:
        return execute();
      case CallMeaning::kBeyond:
        return;
    }
  }

  void open_how_told() {
    open_how how{};
    if (!got(process_.read(argument(known_.detail), &how, sizeof how))) return;
    open(how.flags, how.resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH));
  }

  bool is_earlier(const struct stat& facts) const {
    const int64_t changed = changed_ns(facts);
    return changed >= earlier_.from_ns && changed < earlier_.to_ns;
  }

  void open(uint64_t flags, uint64_t resolve) {
    constexpr uint64_t kNameless = O_TMPFILE & ~O_DIRECTORY;
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    std::string path;
    if (flags & (O_PATH | kNameless) || !text(known_.path, path)) return;
    if (!writes && !(flags & O_CREAT) && resolve == 0) {  // by far the most: looked at briefly
      const auto facts = process_.facts(folder(known_.folder), path);
      if (!facts || !S_ISREG(facts->st_mode) || !is_earlier(*facts)) return;
    }
    const bool stays = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL);
    const Place at = stays ? process_.place(folder(known_.folder), path, resolve)
                           : process_.end_of(folder(known_.folder), path, resolve);
    if (at) open_at(*at, flags, writes);
  }

  void open_at(const NamedPlace& at, uint64_t flags, bool writes) {
    const auto facts = at.facts();
    if (!facts) {
      if (flags & O_CREAT && at.can_change()) add(SourceKind::kFileWritten, at);
      return;
    }
    if (!S_ISREG(facts->st_mode) || (flags & O_CREAT && flags & O_EXCL)) return;
    if (writes && faccessat(at.folder.get(), at.last.c_str(), W_OK, AT_EACCESS) != 0) return;
    if (!(flags & O_TRUNC) && is_earlier(*facts)) add(SourceKind::kFileInherited, at);
    if (writes) add(SourceKind::kFileWritten, at);
  }

  void name() {
    const Place to = place(known_.to_folder, known_.to_path);
    if (to && !to->facts() && to->can_change()) add(SourceKind::kFileWritten, *to);
  }

  void move() {
    const Place from = place(known_.folder, known_.path);
    const Place to = place(known_.to_folder, known_.to_path);
    if (!from || !to || !from->can_change() || !to->can_change()) return;
    const auto from_facts = from->facts();
    struct stat folder_facts;
    // To another file system nothing is moved.
    if (!from_facts || fstat(to->folder.get(), &folder_facts) != 0 ||
        folder_facts.st_dev != from_facts->st_dev)
      return;
    const uint64_t flags = known_.detail < 0 ? 0 : argument(known_.detail);
    if (flags & RENAME_NOREPLACE && to->facts()) return;
    add(flags & RENAME_EXCHANGE ? SourceKind::kFileWritten : SourceKind::kFileRemoved, *from);
    add(SourceKind::kFileWritten, *to);
  }

  void remove() {
    const Place at = place(known_.folder, known_.path);
    if (at && at->facts() && at->can_change()) add(SourceKind::kFileRemoved, *at);
  }

  void make_node() {
    const uint64_t type = argument(known_.detail) & S_IFMT;
    const Place at = place(known_.folder, known_.path);
    if ((type == 0 || type == S_IFREG) && at && !at->facts() && at->can_change())
      add(SourceKind::kFileWritten, *at);
  }

  // Where the filter took no_new_privs, a program does not get the privileges of its file.
  void execute() {
    std::string path;
    if (!text(known_.path, path)) return;
    const Place at = process_.end_of(folder(known_.folder), path);
    const auto facts = at ? at->facts() : std::nullopt;
    if (!facts || !S_ISREG(facts->st_mode)) return;
    const std::string file = "/proc/self/fd/" + std::to_string(at->folder.get()) + "/" + at->last;
    const bool privileged = facts->st_mode & (S_ISUID | S_ISGID) ||
                            getxattr(file.c_str(), "security.capability", nullptr, 0) > 0;
    if (privileged && without_new_privileges())
      told_.unseen = "`" + at->name() +
                     "` ran without the privileges that its file gives it, since "
                     "the one that started it is watched";
  }
  bool without_new_privileges() const {
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) return false;  // not by our doing
    std::ifstream status("/proc/" + std::to_string(call_.pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("NoNewPrivs:")) return line.back() == '1';
    }
    return false;
  }

  const seccomp_notif& call_;
  const WatchedCall& known_;
  const EarlierWindow& earlier_;
  const ProcessFiles process_;
  ToldCall told_;
};

}  // namespace

ToldCall foresee(const seccomp_notif& call, const EarlierWindow& earlier) {
  const WatchedCall* known = find_call(call.data);
  if (!known) return {};
  return Reading(call, *known, earlier).read();
}

}  // namespace detaudit::auditor
