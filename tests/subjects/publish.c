/* publish WAY random|same: writes a number to a file by one of the ways that programs have, most of
 * which are not open(). The number is random, or in the clean twin always the same. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char number[16];

static int put(int file) {
  return file >= 0 && write(file, number, strlen(number)) > 0 && close(file) == 0;
}

static int put_file(const char* path) { return put(open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644)); }

static int folder_renamed(void) {
  return system("rm -rf final temporary; mkdir temporary") == 0 && put_file("temporary/w") &&
         rename("temporary", "final") == 0;
}

static int reopened(void) {
  if (!freopen("final", "w", stdout)) return 0;
  return printf("%s\n", number) > 0;
}

static int linked(void) {
  unlink("final");
  return put_file("temporary") && link("temporary", "final") == 0 && unlink("temporary") == 0;
}

static int temporary_linked(void) {
  char name[] = "./t-XXXXXX";
  int file = mkostemp(name, O_CLOEXEC);
  unlink("final");
  return put(file) && link(name, "final") == 0 && unlink(name) == 0;
}

static int nameless_linked(void) {
  int file = open(".", O_TMPFILE | O_WRONLY, 0644);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  unlink("final");
  return write(file, number, strlen(number)) > 0 &&
         linkat(AT_FDCWD, path, AT_FDCWD, "final", AT_SYMLINK_FOLLOW) == 0;
}

static int spawned(void) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "final", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  char* words[] = {"echo", number, NULL};
  pid_t child;
  return posix_spawn(&child, "/bin/echo", &actions, NULL, words, environ) == 0 &&
         waitpid(child, NULL, 0) == child;
}

static int raw_call(void) {
  return put((int)syscall(SYS_openat, AT_FDCWD, "final", O_CREAT | O_WRONLY | O_TRUNC, 0644));
}

/* Past the C library altogether. */
static int bare_call(void) {
#if defined(__x86_64__)
  long file;
  register long mode __asm__("r10") = 0644;
  __asm__ volatile("syscall"
                   : "=a"(file)
                   : "a"(SYS_openat), "D"((long)AT_FDCWD), "S"("final"),
                     "d"((long)(O_CREAT | O_WRONLY | O_TRUNC)), "r"(mode)
                   : "rcx", "r11", "memory");
  return put((int)file);
#else
  return raw_call();
#endif
}

static int exchanged(void) {
  return put_file("temporary") && put(open("final", O_CREAT | O_WRONLY | O_TRUNC, 0644)) &&
         renameat2(AT_FDCWD, "temporary", AT_FDCWD, "final", RENAME_EXCHANGE) == 0 &&
         unlink("temporary") == 0;
}

static int mapped(void) {
  int file = open("final", O_CREAT | O_RDWR | O_TRUNC, 0644);
  if (file < 0 || ftruncate(file, sizeof number) != 0) return 0;
  char* bytes = mmap(NULL, sizeof number, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (bytes == MAP_FAILED) return 0;
  memcpy(bytes, number, sizeof number);
  return munmap(bytes, sizeof number) == 0;
}

/* The number in memory that is a file, for the kernel to copy. */
static int source(void) {
  int file = memfd_create("source", MFD_CLOEXEC);
  return write(file, number, strlen(number)) > 0 ? file : -1;
}

static int sent(void) {
  int from = source(), to = open("final", O_CREAT | O_WRONLY | O_TRUNC, 0644);
  off_t start = 0;
  return sendfile(to, from, &start, strlen(number)) > 0 && close(to) == 0;
}

/* From the same file system, as most kernels ask for. */
static int copied(void) {
  int from = open(".", O_TMPFILE | O_RDWR, 0644);
  int to = open("final", O_CREAT | O_WRONLY | O_TRUNC, 0644);
  loff_t start = 0;
  return write(from, number, strlen(number)) > 0 &&
         copy_file_range(from, &start, to, NULL, strlen(number), 0) > 0 && close(to) == 0;
}

static int gathered(void) {
  int file = open("final", O_CREAT | O_WRONLY | O_TRUNC, 0644);
  struct iovec parts[2] = {{"n", 1}, {number, strlen(number)}};
  return pwritev(file, parts, 2, 0) > 1 && close(file) == 0;
}

static int all_closed(void) {
  closefrom(0);
  return put_file("final");
}

static int truncated(void) {
  return syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, "final", O_CREAT, 0644)) == 0 &&
         truncate("final", strtol(number, NULL, 10) % 1000) == 0;
}

static int by_child(char* const* words, char* const* variables) {
  pid_t child = fork();
  if (child == 0) {
    execve(words[0], words, variables);
    _exit(9);
  }
  int status;
  return waitpid(child, &status, 0) == child && status == 0;
}

static int cleared(void) {
  char command[64], *none[] = {NULL};
  snprintf(command, sizeof command, "/bin/echo %s > final", number);
  char* words[] = {"/bin/sh", "-c", command, NULL};
  return by_child(words, none);
}

static int by_static(const char* self) {
  char path[4096];
  snprintf(path, sizeof path, "%s_static", self);
  char* words[] = {path, "plain", number, NULL};
  return by_child(words, environ);
}

/* A child that nobody waits for: it writes a tenth of a second later, or in a minute. */
static int left_behind(unsigned microseconds) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      for (int i = 0; i < 3; ++i) close(i);
      usleep(microseconds);
      put_file("final");
    }
    _exit(0);
  }
  return 1;
}

static int symlinked(void) {
  unlink("final");
  return symlink(number, "final") == 0;
}

static int folder_named(void) { return mkdir(number, 0755) == 0 || access(number, F_OK) == 0; }

int main(int count, char** words) {
  if (count < 3) return 2;
  const char* way = words[1];
  unsigned value = 4711;
  if (!strcmp(words[2], "random")) {
    if (getrandom(&value, sizeof value, 0) != sizeof value) return 2;
  } else if (strcmp(words[2], "same")) {
    value = (unsigned)strtoul(words[2], NULL, 10);
  }
  snprintf(number, sizeof number, "%u", value);
  int done = !strcmp(way, "plain")              ? put_file("final")
             : !strcmp(way, "folder_renamed")   ? folder_renamed()
             : !strcmp(way, "reopened")         ? reopened()
             : !strcmp(way, "linked")           ? linked()
             : !strcmp(way, "temporary_linked") ? temporary_linked()
             : !strcmp(way, "nameless_linked")  ? nameless_linked()
             : !strcmp(way, "spawned")          ? spawned()
             : !strcmp(way, "raw_call")         ? raw_call()
             : !strcmp(way, "bare_call")        ? bare_call()
             : !strcmp(way, "exchanged")        ? exchanged()
             : !strcmp(way, "mapped")           ? mapped()
             : !strcmp(way, "sent")             ? sent()
             : !strcmp(way, "copied")           ? copied()
             : !strcmp(way, "gathered")         ? gathered()
             : !strcmp(way, "all_closed")       ? all_closed()
             : !strcmp(way, "truncated")        ? truncated()
             : !strcmp(way, "cleared")          ? cleared()
             : !strcmp(way, "static_child")     ? by_static(words[0])
             : !strcmp(way, "late")             ? left_behind(100000)
             : !strcmp(way, "later")            ? left_behind(20000000)
             : !strcmp(way, "symlinked")        ? symlinked()
             : !strcmp(way, "folder_named")     ? folder_named()
                                                : 0;
  if (strcmp(way, "reopened")) puts("done");
  return !done;
}
