/* hostile WAY: what programs do that a probe must live with. Each ends as it does alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int closes_all(void) {
  printf("before\n");
  fflush(stdout);
  int kept = dup(1);
  for (int i = 0; i < 1024; ++i)
    if (i != kept) close(i);
  return write(kept, "after\n", 6) == 6 ? 0 : 1;
}

static int closes_stdout(void) {
  fclose(stdout);
  close(1);
  return open("took-its-place", O_CREAT | O_WRONLY | O_TRUNC, 0644) == 1 && write(1, "file\n", 5) == 5 ? 0 : 1;
}

static int forks_a_thousand(void) {
  int failed = 0;
  for (int i = 0; i < 1000; ++i) {
    pid_t child = fork();
    if (child == 0) _exit(i % 7);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != i % 7) ++failed;
  }
  printf("%d failed\n", failed);
  return failed;
}

static int prints_binary(void) {
  for (int i = 0; i < 100000; ++i) putchar(i * 31 & 255);
  return 0;
}

static void* sleeps(void* unused) {
  pause();
  return unused;
}

static int threads_at_exit(void) {
  pthread_t thread;
  for (int i = 0; i < 8; ++i)
    if (pthread_create(&thread, NULL, sleeps, NULL) != 0) return 1;
  printf("leaving\n");
  return 0;
}

static int run_in_clone(void* out) {
  return dprintf(*(int*)out, "from a clone\n") > 0 ? 3 : 4;
}

static int clones(void) {
  static char stack[1 << 18];
  int out = 1, status = 0;
  pid_t child = clone(run_in_clone, stack + sizeof stack, SIGCHLD, &out);
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  pid_t spawned = vfork();
  if (spawned == 0) {
    execl("/bin/echo", "echo", "from a vfork", (char*)NULL);
    _exit(127);
  }
  waitpid(spawned, NULL, 0);
  return WEXITSTATUS(status) == 3 ? 0 : 1;
}

static int loads(void) {
  void* library = dlopen("libz.so.1", RTLD_NOW);
  const char* (*version)(void) = library ? (const char* (*)(void))dlsym(library, "zlibVersion") : NULL;
  printf("%s\n", version ? version() : "none");
  return dlopen("no-such-library.so", RTLD_NOW) == NULL && dlerror() ? 0 : 1;
}

/* Only what a worker needs: no clocks, no files, no sockets. */
static int sandboxed(void) {
  printf("shut in\n");
  fflush(stdout);
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return 1;
  write(1, "still here\n", 11);
  return open("/etc/passwd", O_RDONLY) == -1 && errno == EPERM ? 0 : 1;
}

/* Deadlines by the clocks that the program sees: neither a day late, nor at once. */
static int waits(void) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  struct timespec until, start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 50000000;
  if (until.tv_nsec >= 1000000000) ++until.tv_sec, until.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  int error = 0;
  while (error == 0) error = pthread_cond_timedwait(&condition, &mutex, &until);
  for (int i = 0; i < 5; ++i) usleep(10000);
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
  printf("%s, %s\n", error == ETIMEDOUT ? "timed out" : strerror(error),
         seconds < 0.099 ? "too early" : seconds < 60 ? "in time" : "too late");
  return 0;
}

static int crashes(void) {
  printf("before the crash\n");
  fflush(stdout);
  raise(SIGSEGV);
  return 0;
}

static int leaves(void) {
  printf("said\n");
  fflush(stdout);
  _exit(5);
}

int main(int argc, char** argv) {
  const struct {
    const char* name;
    int (*act)(void);
  } ways[] = {{"closes_all", closes_all},       {"closes_stdout", closes_stdout},
              {"forks_a_thousand", forks_a_thousand}, {"prints_binary", prints_binary},
              {"threads_at_exit", threads_at_exit},   {"clones", clones},
              {"loads", loads},                 {"sandboxed", sandboxed},
              {"waits", waits},                 {"crashes", crashes},
              {"leaves", leaves}};
  for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; ++i)
    if (strcmp(argv[1], ways[i].name) == 0) return ways[i].act();
  return 64;
}
