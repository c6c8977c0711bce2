/* An operation that always agrees, and a line that does not: the time, how long it took, bytes never written, a number
 * of the kernel's choice, or the order of two threads. All but the first two read the clock as well. */
#include <detaudit/probe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef PRINT_ORDER
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void* report(void* worker) {
  pthread_mutex_lock(&lock);
  printf("worker %s done\n", (const char*)worker);
  pthread_mutex_unlock(&lock);
  return NULL;
}
#endif

int main(void) {
  double x = 1;
  detaudit_op* op = detaudit_op_begin("constant", NULL);
  detaudit_op_output(op, (detaudit_buffer){"x", &x, 1, DETAUDIT_F64});
  detaudit_op_end(op);
#ifdef PRINT_TIME
  printf("done at %ld\n", (long)time(NULL));
#elif defined(PRINT_TOOK)
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < 1000; ++i) x *= 1.001;
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("took %ld ns of %ld\n", end.tv_nsec - start.tv_nsec, (long)clock());
#elif defined(PRINT_ORDER)
  pthread_t threads[2];
  char* names[2] = {"a", "b"};
  if (time(NULL) == 0) return 2;
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, report, names[i]);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
#elif defined(PRINT_COIN)
  char uuid[64] = {0};
  FILE* file = fopen("/proc/sys/kernel/random/uuid", "r");
  if (time(NULL) == 0 || !file || !fgets(uuid, sizeof uuid, file)) return 2;
  printf("shard %d\n", uuid[0] & 1);
#else
  unsigned char* block = malloc(4096);
  __asm__ volatile("" : : "r"(block) : "memory");
  printf("checksum %d\n", block[100]);
  free(block);
#endif
  return 0;
}
