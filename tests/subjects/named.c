/* named NAME CONTENT: an operation that always agrees, and a log file: its name holds the process's id (pid), the
 * time, both, or a drawn number, and so does what it says; "same" says nothing of the kind. Its number, 7, is that of
 * no process. */
#include <detaudit/probe.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static void word(char* text, size_t room, const char* what) {
  unsigned long drawn = 0;
  if (strcmp(what, "pid") == 0) {
    snprintf(text, room, "%ld", (long)getpid());
  } else if (strcmp(what, "time") == 0) {
    snprintf(text, room, "%ld", (long)time(NULL));
  } else if (strcmp(what, "both") == 0) {
    snprintf(text, room, "%ld.host.%ld", (long)time(NULL), (long)getpid());
  } else if (strcmp(what, "drawn") == 0 && getrandom(&drawn, sizeof drawn, 0) == sizeof drawn) {
    snprintf(text, room, "%016lx", drawn);
  } else {
    snprintf(text, room, "same");
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  double x = 1;
  detaudit_op* op = detaudit_op_begin("constant", NULL);
  detaudit_op_output(op, (detaudit_buffer){"x", &x, 1, DETAUDIT_F64});
  detaudit_op_end(op);
  char name[128], content[128], path[256];
  word(name, sizeof name, argv[1]);
  word(content, sizeof content, argv[2]);
  snprintf(path, sizeof path, "log.%s.7", name);
  FILE* file = fopen(path, "w");
  if (!file) return 1;
  fprintf(file, "began at %s, read at %ld\n", content, time(NULL) > 0 ? 1L : 0L);
  return fclose(file) == 0 ? 0 : 1;
}
