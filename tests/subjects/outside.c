/* outside HOW WAY FOLDER random|same: starts its static twin by one of the ways that programs have,
 * which writes a number to FOLDER/final by one of the ways that there are. The number is random, or in
 * the clean case always the same. The twin itself: outside_static do WAY FOLDER random|same. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char number[16];

static int put(int file) {
  return file >= 0 && write(file, number, strlen(number)) > 0 && close(file) == 0;
}
static int put_file(const char* path) { return put(open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644)); }

static int moved_over(void) {
  return put_file("temporary") && put_file("final") && rename("temporary", "final") == 0;
}

static int nameless_linked(void) {
  int file = open(".", O_TMPFILE | O_WRONLY, 0644);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  unlink("final");
  return file >= 0 && write(file, number, strlen(number)) > 0 &&
         linkat(AT_FDCWD, path, AT_FDCWD, "final", AT_SYMLINK_FOLLOW) == 0;
}

static int by_openat2(void) {
  struct open_how how = {O_CREAT | O_WRONLY | O_TRUNC, 0644, RESOLVE_BENEATH};
  int folder = open(".", O_PATH | O_DIRECTORY);
  return put((int)syscall(SYS_openat2, folder, "final", &how, sizeof how));
}

static int by_descriptor(void) {
  int folder = open(".", O_RDONLY | O_DIRECTORY);
  return chdir("/") == 0 && put(openat(folder, "final", O_CREAT | O_WRONLY | O_TRUNC, 0644));
}

static int by_grandchild(void) {
  pid_t child = fork();
  if (child == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(!put_file("final"));
    int status;
    waitpid(grandchild, &status, 0);
    _exit(status != 0);
  }
  int status;
  return waitpid(child, &status, 0) == child && status == 0;
}

static void* write_it(void* done) {
  *(int*)done = put_file("final");
  return NULL;
}
static int by_thread(void) {
  pthread_t thread;
  int done = 0;
  return pthread_create(&thread, NULL, write_it, &done) == 0 && pthread_join(thread, NULL) == 0 && done;
}

static int through_link(void) {
  unlink("way");
  return symlink("final", "way") == 0 && put_file("way") && unlink("way") == 0;
}

static int symlinked(void) {
  unlink("final");
  return symlink(number, "final") == 0;
}

/* By the numbers of 32-bit programs, which any program may use; the path must lie low. */
static int by_32_bits(void) {
#if defined(__x86_64__)
  char* low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  strcpy(low, "final");
  long file;
  __asm__ volatile("int $0x80"
                   : "=a"(file)
                   : "a"(5L), "b"(low), "c"((long)(O_CREAT | O_WRONLY | O_TRUNC)), "d"(0644L)
                   : "memory", "r8", "r9", "r10", "r11");
  if (file == -ENOSYS) return put_file("final"); /* a kernel without them */
  return put((int)file);
#else
  return put_file("final");
#endif
}

static int gone_again(void) { return put_file("temporary") && unlink("temporary") == 0; }

/* Calls that fail leave nothing to judge, and fail as ever. */
static int failing(void) {
  return open("missing/file", O_CREAT | O_WRONLY, 0644) < 0 && errno == ENOENT &&
         open(".", O_WRONLY) < 0 && errno == EISDIR && rename("missing", "final") < 0 &&
         errno == ENOENT && unlink("missing") < 0 && errno == ENOENT &&
         open((char*)8, O_CREAT | O_WRONLY, 0644) < 0 && errno == EFAULT && symlink("a", ".") < 0 &&
         errno == EEXIST;
}

static int appended(void) { return put(open("final", O_CREAT | O_WRONLY | O_APPEND, 0644)); }

static int kept_or_made(void) {
  char had[16];
  int file = open("final", O_RDONLY);
  if (file < 0) return put_file("final");
  return read(file, had, sizeof had) > 0 && close(file) == 0;
}

/* Interrupted all the while: what is told to another process must not show. */
static void nothing(int signal) { (void)signal; }
static int under_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = nothing;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  ualarm(1000, 300);
  for (int i = 0; i < 3000; ++i) {
    int file = open("final", O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (file < 0) return 0;
    close(file);
  }
  ualarm(0, 0);
  return put_file("final");
}

static int act(const char* way) {
  return !strcmp(way, "nothing")           ? 1
         : !strcmp(way, "plain")           ? put_file("final")
         : !strcmp(way, "created")         ? put(creat("final", 0644))
         : !strcmp(way, "moved_over")      ? moved_over()
         : !strcmp(way, "nameless_linked") ? nameless_linked()
         : !strcmp(way, "openat2")         ? by_openat2()
         : !strcmp(way, "descriptor")      ? by_descriptor()
         : !strcmp(way, "grandchild")      ? by_grandchild()
         : !strcmp(way, "thread")          ? by_thread()
         : !strcmp(way, "through_link")    ? through_link()
         : !strcmp(way, "symlinked")       ? symlinked()
         : !strcmp(way, "int80")           ? by_32_bits()
         : !strcmp(way, "gone_again")      ? gone_again()
         : !strcmp(way, "failing")         ? failing()
         : !strcmp(way, "appended")        ? appended()
         : !strcmp(way, "kept")            ? kept_or_made()
         : !strcmp(way, "under_signals")   ? under_signals()
                                           : 0;
}

static int ended_well(pid_t child) {
  int status;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int forked(char** words, int cleared) {
  char* none[] = {NULL};
  pid_t child = fork();
  if (child == 0) {
    execve(words[0], words, cleared ? none : environ);
    _exit(9);
  }
  return ended_well(child);
}

static int vforked(char** words) {
  pid_t child = vfork();
  if (child == 0) {
    execv(words[0], words);
    _exit(9);
  }
  return ended_well(child);
}

static int spawned(char** words) {
  pid_t child;
  return posix_spawn(&child, words[0], NULL, NULL, words, environ) == 0 && ended_well(child);
}

/* The descriptors and signals of a spawned child are those that it was to have. */
static int spawned_with_actions(char** words) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  char* search[] = {strrchr(words[0], '/') + 1, words[1], words[2], words[3], words[4], NULL};
  char folder[4096];
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(words[0], '/') - words[0]), words[0]);
  setenv("PATH", folder, 1);
  pid_t child;
  return posix_spawnp(&child, search[0], &actions, NULL, search, environ) == 0 && ended_well(child);
}

static const char* line_of(char** words) {
  static char line[16384];
  snprintf(line, sizeof line, "'%s' %s %s '%s' %s", words[0], words[1], words[2], words[3], words[4]);
  return line;
}

static int opened_as_pipe(char** words) {
  FILE* pipe = popen(line_of(words), "r");
  return pipe && pclose(pipe) == 0;
}

/* A shell that no probe gets into either. */
static int system_without_probe(char** words) {
  unsetenv("LD_PRELOAD");
  return system(line_of(words)) == 0;
}
static int popen_without_probe(char** words) {
  unsetenv("LD_PRELOAD");
  return opened_as_pipe(words);
}

static int a_thousand(char** words) {
  for (int i = 0; i < 1000; ++i)
    if (!spawned(words)) return 0;
  return 1;
}

static int start(const char* how, char** words) {
  return !strcmp(how, "do")                ? chdir(words[3]) == 0 && act(words[2])
         : !strcmp(how, "fork")            ? forked(words, 0)
         : !strcmp(how, "cleared")         ? forked(words, 1)
         : !strcmp(how, "vfork")           ? vforked(words)
         : !strcmp(how, "spawn")           ? spawned(words)
         : !strcmp(how, "spawnp")          ? spawned_with_actions(words)
         : !strcmp(how, "system")          ? system(line_of(words)) == 0
         : !strcmp(how, "popen")           ? opened_as_pipe(words)
         : !strcmp(how, "unprobed_system") ? system_without_probe(words)
         : !strcmp(how, "unprobed_popen")  ? popen_without_probe(words)
         : !strcmp(how, "thousand")        ? a_thousand(words)
         : !strcmp(how, "become")          ? execv(words[0], words) == 0
                                           : 0;
}

int main(int count, char** words) {
  if (count < 5) return 2;
  unsigned value = 4711;
  if (!strcmp(words[4], "random") && getrandom(&value, sizeof value, 0) != sizeof value) return 2;
  snprintf(number, sizeof number, "%u", value);
  char twin[4096];
  snprintf(twin, sizeof twin, "%s_static", words[0]);
  char* child[] = {twin, "do", words[2], words[3], words[4], NULL};
  if (!start(words[1], strcmp(words[1], "do") ? child : words)) return 1;
  if (strcmp(words[1], "do")) puts("done");
  return 0;
}
