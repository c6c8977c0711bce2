#include <stdarg.h>
#include <stdio.h>
#include <sys/single_threaded.h>

#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/writers.h"

// The C library's streams write out of sight, and late: who filled them is who wrote.
namespace detaudit::instrument {
namespace {

constinit NextFunction<size_t(const void*, size_t, size_t, FILE*)> g_fwrite("fwrite");
constinit NextFunction<size_t(const void*, size_t, size_t, FILE*)> g_fwrite_unlocked(
    "fwrite_unlocked");
constinit NextFunction<int(const char*, FILE*)> g_fputs("fputs");
constinit NextFunction<int(const char*, FILE*)> g_fputs_unlocked("fputs_unlocked");
constinit NextFunction<int(const char*)> g_puts("puts");
constinit NextFunction<int(int, FILE*)> g_fputc("fputc");
constinit NextFunction<int(int, FILE*)> g_fputc_unlocked("fputc_unlocked");
constinit NextFunction<int(FILE*, const char*, va_list)> g_vfprintf("vfprintf");
constinit NextFunction<int(FILE*, int, const char*, va_list)> g_vfprintf_chk("__vfprintf_chk");
constinit NextFunction<int(int, const char*, va_list)> g_vdprintf("vdprintf");
constinit NextFunction<int(int, int, const char*, va_list)> g_vdprintf_chk("__vdprintf_chk");

size_t after_items(size_t items, const char* function, size_t bytes, FILE* stream,
                   const void* site) {
  note_stream(function, stream, site, static_cast<int64_t>(items * bytes));
  return items;
}

int after_text(int result, const char* function, const char* text, size_t more, FILE* stream,
               const void* site) {
  if (result >= 0)
    note_stream(function, stream, site, static_cast<int64_t>(std::strlen(text) + more));
  return result;
}

// As the C library does it where there is one thread and room: a call of its own would cost as much
// again.
int put_character(NextFunction<int(int, FILE*)>& next, const char* function, int c, FILE* stream,
                  const void* site) {
  const bool known = needs_no_look(stream, site);
  if (known && __libc_single_threaded && stream->_IO_write_ptr < stream->_IO_write_end) [[likely]] {
    *stream->_IO_write_ptr++ = static_cast<char>(c);
    return static_cast<unsigned char>(c);
  }
  const int result = next.get()(c, stream);
  if (result == EOF || known) return result;
  t_last_character = {site, stream, g_meanings.load(std::memory_order_relaxed)};
  note_stream(function, stream, site, 1);
  return result;
}

int after_format(int bytes, const char* function, FILE* stream, const void* site) {
  note_stream(function, stream, site, bytes);
  return bytes;
}

int after_descriptor_format(int bytes, int file, const void* site) {
  note_bytes("dprintf", file, site, bytes);
  return bytes;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED size_t fwrite(const void* from, size_t bytes, size_t items, FILE* stream) {
  return after_items(g_fwrite.get()(from, bytes, items, stream), "fwrite", bytes, stream,
                     DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED size_t fwrite_unlocked(const void* from, size_t bytes, size_t items,
                                           FILE* stream) {
  return after_items(g_fwrite_unlocked.get()(from, bytes, items, stream), "fwrite", bytes, stream,
                     DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int fputs(const char* text, FILE* stream) {
  return after_text(g_fputs.get()(text, stream), "fputs", text, 0, stream, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int fputs_unlocked(const char* text, FILE* stream) {
  return after_text(g_fputs_unlocked.get()(text, stream), "fputs", text, 0, stream,
                    DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int puts(const char* text) {
  return after_text(g_puts.get()(text), "puts", text, 1, stdout, DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int fputc(int c, FILE* stream) {
  return put_character(g_fputc, "fputc", c, stream, DETAUDIT_CALL_SITE);
}
#undef putc
DETAUDIT_INTERPOSED int putc(int c, FILE* stream) {
  return put_character(g_fputc, "putc", c, stream, DETAUDIT_CALL_SITE);
}
#undef putchar
DETAUDIT_INTERPOSED int putchar(int c) {
  return put_character(g_fputc, "putchar", c, stdout, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int _IO_putc(int c, FILE* stream) {
  return put_character(g_fputc, "putc", c, stream, DETAUDIT_CALL_SITE);
}
#undef fputc_unlocked
DETAUDIT_INTERPOSED int fputc_unlocked(int c, FILE* stream) {
  return put_character(g_fputc_unlocked, "fputc", c, stream, DETAUDIT_CALL_SITE);
}
#undef putc_unlocked
DETAUDIT_INTERPOSED int putc_unlocked(int c, FILE* stream) {
  return put_character(g_fputc_unlocked, "putc", c, stream, DETAUDIT_CALL_SITE);
}
#undef putchar_unlocked
DETAUDIT_INTERPOSED int putchar_unlocked(int c) {
  return put_character(g_fputc_unlocked, "putchar", c, stdout, DETAUDIT_CALL_SITE);
}

DETAUDIT_INTERPOSED int vfprintf(FILE* stream, const char* format, va_list words) {
  return after_format(g_vfprintf.get()(stream, format, words), "vfprintf", stream,
                      DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int vprintf(const char* format, va_list words) {
  return after_format(g_vfprintf.get()(stdout, format, words), "vprintf", stdout,
                      DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __vfprintf_chk(FILE* stream, int flag, const char* format, va_list words) {
  return after_format(g_vfprintf_chk.get()(stream, flag, format, words), "vfprintf", stream,
                      DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __vprintf_chk(int flag, const char* format, va_list words) {
  return after_format(g_vfprintf_chk.get()(stdout, flag, format, words), "vprintf", stdout,
                      DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int vdprintf(int file, const char* format, va_list words) {
  return after_descriptor_format(g_vdprintf.get()(file, format, words), file, DETAUDIT_CALL_SITE);
}

// Those with words of their own, by their twins that take a list.
#define DETAUDIT_FORMAT(call)     \
  va_list words;                  \
  va_start(words, format);        \
  const int bytes = call;         \
  va_end(words)

DETAUDIT_INTERPOSED int printf(const char* format, ...) {
  DETAUDIT_FORMAT(g_vfprintf.get()(stdout, format, words));
  return after_format(bytes, "printf", stdout, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int fprintf(FILE* stream, const char* format, ...) {
  DETAUDIT_FORMAT(g_vfprintf.get()(stream, format, words));
  return after_format(bytes, "fprintf", stream, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __printf_chk(int flag, const char* format, ...) {
  DETAUDIT_FORMAT(g_vfprintf_chk.get()(stdout, flag, format, words));
  return after_format(bytes, "printf", stdout, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __fprintf_chk(FILE* stream, int flag, const char* format, ...) {
  DETAUDIT_FORMAT(g_vfprintf_chk.get()(stream, flag, format, words));
  return after_format(bytes, "fprintf", stream, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int dprintf(int file, const char* format, ...) {
  DETAUDIT_FORMAT(g_vdprintf.get()(file, format, words));
  return after_descriptor_format(bytes, file, DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED int __dprintf_chk(int file, int flag, const char* format, ...) {
  DETAUDIT_FORMAT(g_vdprintf_chk.get()(file, flag, format, words));
  return after_descriptor_format(bytes, file, DETAUDIT_CALL_SITE);
}
