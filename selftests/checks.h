/* SPDX-License-Identifier: MIT */
/*
 * The checks a case makes, and those made after every case: has it given back
 * what it opened? Part of harness.h, which is the file to include.
 */
#ifndef SEALMEM_SELFTESTS_CHECKS_H
#define SEALMEM_SELFTESTS_CHECKS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TH_UNUSED_   __attribute__((unused))
#define TH_NORETURN_ __attribute__((noreturn))
#define TH_PRINTF_   __attribute__((format(printf, 1, 2)))

/* Shared with everything the case forks, so that it survives any exit. */
struct th_result {
	int failures;
	bool skipped;
	bool finished;
	char failure[512];
	char skip[512];
};

static struct th_result *th_result;
static jmp_buf th_way_out;
static pid_t th_case_pid;

/* ---- recording ---------------------------------------------------------- */

/* One line, because it may end up as the reason on a TAP line. */
TH_PRINTF_ static inline const char *th_format(const char *fmt, ...)
{
	static __thread char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (char *c = text; (c = strchr(c, '\n'));)
		*c = ' ';
	return text;
}

static inline void th_log(const char *file, int line, const char *text)
{
	printf("# %s:%d: %s\n", file, line, text);
}

static inline bool th_failed(void)
{
	return __atomic_load_n(&th_result->failures, __ATOMIC_RELAXED);
}

/* Only the first failure is kept as the reason. It does not begin with the
 * file's name, since "# skip_test.c" would be a skip directive. */
static inline void th_fail(const char *file, int line, const char *text)
{
	th_log(file, line, text);
	if (!__atomic_fetch_add(&th_result->failures, 1, __ATOMIC_RELAXED))
		snprintf(th_result->failure, sizeof(th_result->failure),
			 "failed at %s:%d: %s", file, line, text);
}

/* The jump is good only on the stack that it was set up on. */
TH_NORETURN_ static inline void th_leave(void)
{
	if (gettid() == th_case_pid)
		longjmp(th_way_out, 1);
	_exit(EXIT_FAILURE);
}

TH_NORETURN_ static inline void th_skip(const char *file, int line,
					const char *text)
{
	if (!text[0])
		th_fail(file, line, "SKIP() without a reason");
	snprintf(th_result->skip, sizeof(th_result->skip), "%s", text);
	th_result->skipped = true;
	th_leave();
}

#define TH_LOG(...)	th_log(__FILE__, __LINE__, th_format(__VA_ARGS__))
#define SKIP(...)	th_skip(__FILE__, __LINE__, th_format(__VA_ARGS__))

/* ---- helpers of the checks ---------------------------------------------- */

/* An integer of any type, so that -1 never equals SIZE_MAX. */
struct th_int {
	const char *sign;
	uintmax_t size;
};

/* "| 0" promotes, and refuses pointers and floating point; "< 1 && != 0" is
 * "< 0" without the warning for unsigned types. */
/* clang-format off */
#define TH_INT_(value)							\
	({								\
		__typeof__((value) | 0) th_v_ = (value);		\
		bool th_minus_ = th_v_ < 1 && th_v_ != 0;		\
		uintmax_t th_size_ = (uintmax_t)th_v_;			\
		(struct th_int){ th_minus_ ? "-" : "",			\
				 th_minus_ ? -th_size_ : th_size_ };	\
	})
/* clang-format on */

static inline int th_compare(struct th_int a, struct th_int b)
{
	if (a.sign[0] != b.sign[0])
		return a.sign[0] ? -1 : 1;
	if (a.size == b.size)
		return 0;
	return (a.size < b.size) == !a.sign[0] ? -1 : 1;
}

/* The offset of the first difference, @size if there is none. */
static inline size_t th_differ_at(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;
	size_t i = 0;

	while (i < size && x[i] == y[i])
		i++;
	return i;
}

static inline const char *th_errno_name(long long err)
{
	const char *name = NULL;

	if (err <= 0)
		return "no error";
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
	name = strerrorname_np((int)err);
#endif
#endif
	return name ? name : strerror((int)err);
}

/* clang-format off */
#define TH_CHECK_(fatal, ok, ...)					\
	do {								\
		if (!(ok)) {						\
			th_fail(__FILE__, __LINE__,			\
				th_format(__VA_ARGS__));		\
			if (fatal)					\
				th_leave();				\
		}							\
	} while (0)

#define TH_COMPARE_(fatal, a, op, b, a_text, b_text)			\
	do {								\
		struct th_int th_a_ = TH_INT_(a), th_b_ = TH_INT_(b);	\
		TH_CHECK_(fatal, th_compare(th_a_, th_b_) op 0,		\
			  "expected %s %s %s, got %s%ju and %s%ju",	\
			  a_text, #op, b_text, th_a_.sign, th_a_.size,	\
			  th_b_.sign, th_b_.size);			\
	} while (0)

#define TH_NULL_(fatal, pointer, op, text)				\
	do {								\
		uintptr_t th_p_ = (uintptr_t)(pointer);			\
		TH_CHECK_(fatal, th_p_ op 0, "expected %s %s NULL, got %p", \
			  text, #op, (void *)th_p_);			\
	} while (0)

#define TH_STRING_(fatal, a, op, b, a_text, b_text)			\
	do {								\
		const char *th_a_ = (a), *th_b_ = (b);			\
		th_a_ = th_a_ ? th_a_ : "(null)";			\
		th_b_ = th_b_ ? th_b_ : "(null)";			\
		TH_CHECK_(fatal, strcmp(th_a_, th_b_) op 0,		\
			  "expected %s %s %s, got \"%s\" and \"%s\"",	\
			  a_text, #op, b_text, th_a_, th_b_);		\
	} while (0)

#define TH_MEMORY_(fatal, a, b, len, a_text, b_text)			\
	do {								\
		size_t th_len_ = (len);					\
		size_t th_at_ = th_differ_at((a), (b), th_len_);	\
		TH_CHECK_(fatal, th_at_ == th_len_,			\
			  "%s and %s differ at offset %zu of %zu",	\
			  a_text, b_text, th_at_, th_len_);		\
	} while (0)

/* @ok and @code are made from th_ret_ and th_err_. */
#define TH_CALL_(fatal, call, text, ok, code, wanted)			\
	do {								\
		long long th_ret_ = (call);				\
		int th_err_ TH_UNUSED_ = errno;				\
		TH_CHECK_(fatal, ok, "%s returned %lld (%s), not %s",	\
			  text, th_ret_, th_errno_name(code), wanted);	\
	} while (0)
#define TH_RETURN_(fatal, ret, call, text, wanted)			\
	TH_CALL_(fatal, call, text, th_ret_ == (ret), -th_ret_, wanted)
#define TH_ERRNO_(fatal, err, call, text, wanted)			\
	TH_CALL_(fatal, (errno = 0, (call)), text,			\
		 th_ret_ == -1 && th_err_ == (err), th_err_, wanted)
#define TH_SYS_(fatal, call, text)					\
	TH_CALL_(fatal, (errno = 0, (call)), text, th_ret_ >= 0,	\
		 th_err_, "success")

/* ---- checks: EXPECT goes on after a failure, ASSERT ends the case ------- */

#define EXPECT_TRUE(c)	TH_CHECK_(false, c, "expected true: %s", #c)
#define ASSERT_TRUE(c)	TH_CHECK_(true, c, "expected true: %s", #c)
#define EXPECT_FALSE(c)	TH_CHECK_(false, !(c), "expected false: %s", #c)
#define ASSERT_FALSE(c)	TH_CHECK_(true, !(c), "expected false: %s", #c)

/* Integers of any two types, compared by value. */
#define EXPECT_EQ(a, b)	TH_COMPARE_(false, a, ==, b, #a, #b)
#define ASSERT_EQ(a, b)	TH_COMPARE_(true, a, ==, b, #a, #b)
#define EXPECT_NE(a, b)	TH_COMPARE_(false, a, !=, b, #a, #b)
#define ASSERT_NE(a, b)	TH_COMPARE_(true, a, !=, b, #a, #b)
#define EXPECT_LT(a, b)	TH_COMPARE_(false, a, <, b, #a, #b)
#define ASSERT_LT(a, b)	TH_COMPARE_(true, a, <, b, #a, #b)
#define EXPECT_LE(a, b)	TH_COMPARE_(false, a, <=, b, #a, #b)
#define ASSERT_LE(a, b)	TH_COMPARE_(true, a, <=, b, #a, #b)
#define EXPECT_GT(a, b)	TH_COMPARE_(false, a, >, b, #a, #b)
#define ASSERT_GT(a, b)	TH_COMPARE_(true, a, >, b, #a, #b)
#define EXPECT_GE(a, b)	TH_COMPARE_(false, a, >=, b, #a, #b)
#define ASSERT_GE(a, b)	TH_COMPARE_(true, a, >=, b, #a, #b)

#define EXPECT_NULL(p)		TH_NULL_(false, p, ==, #p)
#define ASSERT_NULL(p)		TH_NULL_(true, p, ==, #p)
#define EXPECT_NOT_NULL(p)	TH_NULL_(false, p, !=, #p)
#define ASSERT_NOT_NULL(p)	TH_NULL_(true, p, !=, #p)
#define EXPECT_STREQ(a, b)	TH_STRING_(false, a, ==, b, #a, #b)
#define ASSERT_STREQ(a, b)	TH_STRING_(true, a, ==, b, #a, #b)
#define EXPECT_STRNE(a, b)	TH_STRING_(false, a, !=, b, #a, #b)
#define ASSERT_STRNE(a, b)	TH_STRING_(true, a, !=, b, #a, #b)
#define EXPECT_MEMEQ(a, b, len)	TH_MEMORY_(false, a, b, len, #a, #b)
#define ASSERT_MEMEQ(a, b, len)	TH_MEMORY_(true, a, b, len, #a, #b)

/* The library's convention: 0 or a negative errno, exactly this one. */
#define EXPECT_OK(call)		TH_RETURN_(false, 0, call, #call, "0")
#define ASSERT_OK(call)		TH_RETURN_(true, 0, call, #call, "0")
#define EXPECT_ERR(e, call)	TH_RETURN_(false, -(e), call, #call, "-" #e)
#define ASSERT_ERR(e, call)	TH_RETURN_(true, -(e), call, #call, "-" #e)

/* The kernel's convention: -1 or MAP_FAILED, and exactly this errno. */
#define EXPECT_SYS(call)	TH_SYS_(false, call, #call)
#define ASSERT_SYS(call)	TH_SYS_(true, call, #call)
#define EXPECT_ERRNO(e, call)	TH_ERRNO_(false, e, call, #call, #e)
#define ASSERT_ERRNO(e, call)	TH_ERRNO_(true, e, call, #call, #e)
#define EXPECT_MAP_ERRNO(e, call)					\
	TH_ERRNO_(false, e, (intptr_t)(call), #call, #e)
#define ASSERT_MAP_ERRNO(e, call)					\
	TH_ERRNO_(true, e, (intptr_t)(call), #call, #e)
/* clang-format on */

/* ---- what a case must give back ---------------------------------------- */

static inline void th_write_fd(FILE *out, int fd)
{
	char path[64], target[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target));
	fprintf(out, "\nfd %d -> %.*s\n", fd, len < 0 ? 0 : (int)len, target);
}

static inline void th_write_fds(FILE *out)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	/* No procfs, or no descriptor left to read it with. */
	for (int fd = 0; !dir && fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			th_write_fd(out, fd);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    atoi(entry->d_name) != dirfd(dir))
			th_write_fd(out, atoi(entry->d_name));
	if (dir)
		closedir(dir);
}

static inline void th_write_maps(FILE *out)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "/memfd:"))
			fprintf(out, "\nmap %s", line);
	if (maps)
		fclose(maps);
}

/* A line for every open descriptor and every mapping of a memfd. */
static inline char *th_census(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	th_write_fds(out);
	th_write_maps(out);
	fclose(out);
	return text;
}

static inline int th_count(const char *text, const char *mark)
{
	int count = 0;

	while ((text = strstr(text, mark))) {
		text++;
		count++;
	}
	return count;
}

static inline void th_check_census(const char *file, int line,
				   const char *before, char *after)
{
	int fds = th_count(before, "\nfd "), maps = th_count(before, "\nmap ");
	int fds_now = th_count(after, "\nfd ");
	int maps_now = th_count(after, "\nmap ");

	if (fds == fds_now && maps == maps_now)
		return;
	th_fail(file, line,
		th_format("open descriptors %d before and %d after, "
			  "memfd mappings %d before and %d after",
			  fds, fds_now, maps, maps_now));
	for (char *item = strtok(after, "\n"); item; item = strtok(NULL, "\n"))
		if (!strstr(before, item))
			printf("# left open: %s\n", item);
}

/* There only in programs built with AddressSanitizer or LeakSanitizer. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static inline void th_check_leaks(const char *file, int line)
{
	if (__lsan_do_recoverable_leak_check &&
	    __lsan_do_recoverable_leak_check())
		th_fail(file, line, "LeakSanitizer found leaks");
}

#endif
