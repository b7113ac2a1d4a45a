/* SPDX-License-Identifier: MIT */
/*
 * Each system call of create, convert, import and map made to fail in turn: it
 * is reported as its errno, outputs are untouched, inputs are still usable,
 * and no descriptor or mapping is left behind (the harness counts both).
 *
 * The linker routes the library's calls through __wrap_NAME (see the Makefile:
 * the names are the ones that glibc has with _FILE_OFFSET_BITS=64).
 */
#include <stdarg.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "kinds.h"

/* Unlike anything that the code handles by itself. */
#define INJECTED EXDEV

static int calls_until_failure, injected_errno, calls_seen, failures;

/* A filter or an emulation that says yes and does something else. */
static bool forgets_sealing, forgets_seals;

/* A filter that has never heard of memfd_create. */
static bool forbids_memfd;

/* Before 5.14: what is tested is how a call that could succeed fails. */
static bool stands_in_for_populate;

static bool is_failing(void)
{
	calls_seen++;
	if (calls_until_failure == 0 || --calls_until_failure > 0)
		return false;
	failures++;
	errno = injected_errno;
	return true;
}

/* The @nth call from now fails; 0 disarms. */
static void arm(int nth, int error)
{
	calls_until_failure = nth;
	injected_errno = error;
	calls_seen = 0;
	failures = 0;
}

int __real_memfd_create(const char *name, unsigned int flags);
int __real_fchmod(int fd, mode_t mode);
int __real_ftruncate64(int fd, off_t size);
ssize_t __real_pwrite64(int fd, const void *data, size_t size, off_t at);
void *__real_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
int __real_madvise(void *addr, size_t size, int advice);
int __real_open64(const char *path, int flags, ...);
int __real_fcntl64(int fd, int command, ...);
int __real_fstat64(int fd, struct stat *st);
int __real_fstatfs64(int fd, struct statfs *fs);
off_t __real_lseek64(int fd, off_t offset, int whence);
ssize_t __real_getrandom(void *data, size_t size, unsigned int flags);
int __real_getrlimit64(__rlimit_resource_t resource, struct rlimit *limit);

int __wrap_memfd_create(const char *name, unsigned int flags);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_ftruncate64(int fd, off_t size);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t at);
void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
int __wrap_madvise(void *addr, size_t size, int advice);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fstat64(int fd, struct stat *st);
int __wrap_fstatfs64(int fd, struct statfs *fs);
off_t __wrap_lseek64(int fd, off_t offset, int whence);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned int flags);
int __wrap_getrlimit64(__rlimit_resource_t resource, struct rlimit *limit);

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	if (forgets_sealing)
		flags = MFD_CLOEXEC;
	if (is_failing())
		return -1;
	errno = EPERM;
	return forbids_memfd ? -1 : __real_memfd_create(name, flags);
}

int __wrap_fchmod(int fd, mode_t mode)
{
	return is_failing() ? -1 : __real_fchmod(fd, mode);
}

int __wrap_ftruncate64(int fd, off_t size)
{
	return is_failing() ? -1 : __real_ftruncate64(fd, size);
}

ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t at)
{
	/* Short writes are what signals make of long ones. */
	if (size > 1000)
		size = 1000;
	return is_failing() ? -1 : __real_pwrite64(fd, data, size, at);
}

void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset)
{
	return is_failing() ? MAP_FAILED :
			      __real_mmap64(addr, size, prot, flags, fd, offset);
}

/* What MADV_POPULATE_READ does, where the kernel has none. */
static int populate(const volatile char *addr, size_t size)
{
	for (size_t at = 0; at < size; at += page_size())
		(void)addr[at];
	return 0;
}

int __wrap_madvise(void *addr, size_t size, int advice)
{
	if (is_failing())
		return -1;
	if (stands_in_for_populate && advice == MADV_POPULATE_READ)
		return populate(addr, size);
	return __real_madvise(addr, size, advice);
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return is_failing() ? -1 : __real_open64(path, flags, mode);
}

int __wrap_fcntl64(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (is_failing())
		return -1;
	if (command == F_ADD_SEALS && forgets_seals)
		return 0;
	return __real_fcntl64(fd, command, argument);
}

int __wrap_fstat64(int fd, struct stat *st)
{
	return is_failing() ? -1 : __real_fstat64(fd, st);
}

int __wrap_fstatfs64(int fd, struct statfs *fs)
{
	return is_failing() ? -1 : __real_fstatfs64(fd, fs);
}

off_t __wrap_lseek64(int fd, off_t offset, int whence)
{
	return is_failing() ? -1 : __real_lseek64(fd, offset, whence);
}

ssize_t __wrap_getrandom(void *data, size_t size, unsigned int flags)
{
	return is_failing() ? -1 : __real_getrandom(data, size, flags);
}

int __wrap_getrlimit64(__rlimit_resource_t resource, struct rlimit *limit)
{
	return is_failing() ? -1 : __real_getrlimit64(resource, limit);
}

/* --- operations ----------------------------------------------------------- */

/*
 * Everything that an operation may start from and may fill. It is set up with
 * no failure armed; run() is what gets the failures.
 */
struct scene {
	struct sealmem_options options;
	struct sealmem_policy policy;
	struct sealmem_readonly_region readonly;
	struct sealmem_writable_region writable;
	struct sealmem_unsafe_region unsafe;
	struct sealmem_descriptor parts;
	struct sealmem_readonly_region ret_readonly;
	struct sealmem_writable_region ret_writable;
	struct sealmem_unsafe_region ret_unsafe;
	struct sealmem_writable_mapping ret_writer;
	struct sealmem_readonly_mapping ret_view;
};

#define SIZE 5000

static void set_up(struct scene *s)
{
	*s = (struct scene){
		.options.struct_size = sizeof(s->options),
		.policy.struct_size = sizeof(s->policy),
		.policy.flags = SEALMEM_POLICY_HOLES,
	};
	stands_in_for_populate = !(sealmem_features() &
				   SEALMEM_FEATURE_POPULATE_READ);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &s->writable));
	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &s->unsafe));
	s->options.flags = SEALMEM_CREATE_LAZY;
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &s->options,
						 &s->readonly, &s->ret_writer));
	sealmem_writable_mapping_unmap(&s->ret_writer);
}

static void clean_up(struct scene *s)
{
	sealmem_readonly_region_close(&s->readonly);
	sealmem_writable_region_close(&s->writable);
	sealmem_unsafe_region_close(&s->unsafe);
	sealmem_descriptor_close(&s->parts);
	sealmem_readonly_region_close(&s->ret_readonly);
	sealmem_writable_region_close(&s->ret_writable);
	sealmem_unsafe_region_close(&s->ret_unsafe);
	sealmem_writable_mapping_unmap(&s->ret_writer);
	sealmem_readonly_mapping_unmap(&s->ret_view);
}

static void expect_no_output(const struct scene *s)
{
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&s->ret_readonly));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&s->ret_writable));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&s->ret_unsafe));
	EXPECT_EQ(0, s->ret_writer.size);
	EXPECT_EQ(0, s->ret_view.size);
}

static int create_writable(struct scene *s)
{
	return sealmem_writable_region_create(SIZE, NULL, &s->ret_writable);
}

static int create_unsafe(struct scene *s)
{
	return sealmem_unsafe_region_create(SIZE, NULL, &s->ret_unsafe);
}

static int create_readonly(struct scene *s)
{
	return sealmem_readonly_region_create(SIZE, NULL, &s->ret_readonly,
					      &s->ret_writer);
}

static int create_from(struct scene *s)
{
	static const char data[SIZE] = "data";

	return sealmem_readonly_region_create_from(data, SIZE, NULL,
						   &s->ret_readonly);
}

static int to_readonly(struct scene *s)
{
	return sealmem_writable_region_to_readonly(&s->writable,
						   &s->ret_readonly);
}

static int to_unsafe(struct scene *s)
{
	return sealmem_writable_region_to_unsafe(&s->writable, &s->ret_unsafe);
}

static int freeze(struct scene *s)
{
	return sealmem_writable_region_freeze(&s->writable, &s->ret_readonly);
}

/* Without memfd_create, and with the weaker level asked for. */
static int create_file(struct scene *s)
{
	int ret;

	s->options.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL;
	forbids_memfd = true;
	ret = sealmem_readonly_region_create(SIZE, &s->options,
					     &s->ret_readonly, &s->ret_writer);
	forbids_memfd = false;
	return ret;
}

static int dup_readonly(struct scene *s)
{
	return sealmem_readonly_region_dup(&s->readonly, &s->ret_readonly);
}

static int dup_unsafe(struct scene *s)
{
	return sealmem_unsafe_region_dup(&s->unsafe, &s->ret_unsafe);
}

static int map_readonly(struct scene *s)
{
	return sealmem_readonly_region_map(&s->readonly, &s->ret_view);
}

static int map_writable(struct scene *s)
{
	return sealmem_writable_region_map_at(&s->writable, 17, 99,
					      &s->ret_writer);
}

static int map_unsafe(struct scene *s)
{
	return sealmem_unsafe_region_map(&s->unsafe, &s->ret_writer);
}

static int import_readonly(struct scene *s)
{
	if (s->parts.kind == SEALMEM_KIND_NONE)
		ASSERT_OK(sealmem_readonly_region_export(&s->readonly,
							 &s->parts));
	return sealmem_readonly_region_import(&s->parts, &s->policy,
					      &s->ret_readonly);
}

static int import_writable(struct scene *s)
{
	if (s->parts.kind == SEALMEM_KIND_NONE)
		ASSERT_OK(sealmem_writable_region_export(&s->writable,
							 &s->parts));
	return sealmem_writable_region_import(&s->parts, &s->policy,
					      &s->ret_writable);
}

static int import_unsafe(struct scene *s)
{
	if (s->parts.kind == SEALMEM_KIND_NONE)
		ASSERT_OK(sealmem_unsafe_region_export(&s->unsafe, &s->parts));
	return sealmem_unsafe_region_import(&s->parts, &s->policy,
					    &s->ret_unsafe);
}

FIXTURE(operation)
{
	struct scene scene;
};

FIXTURE_VARIANT(operation)
{
	int (*run)(struct scene *s);
	/* A descriptor that was refused is closed: nothing to try again. */
	bool is_import;
	/* How many calls there are to fail, so that none gets lost. */
	int least_calls;
};

FIXTURE_VARIANT_ADD(operation, create_writable)
{ .run = create_writable, .least_calls = 10 };
FIXTURE_VARIANT_ADD(operation, create_unsafe)
{ .run = create_unsafe, .least_calls = 10 };
FIXTURE_VARIANT_ADD(operation, create_readonly)
{ .run = create_readonly, .least_calls = 15 };
FIXTURE_VARIANT_ADD(operation, create_from)
{ .run = create_from, .least_calls = 12 };
FIXTURE_VARIANT_ADD(operation, create_file)
{ .run = create_file, .least_calls = 15 };
FIXTURE_VARIANT_ADD(operation, to_readonly)
{ .run = to_readonly, .least_calls = 5 };
FIXTURE_VARIANT_ADD(operation, to_unsafe)
{ .run = to_unsafe, .least_calls = 3 };
FIXTURE_VARIANT_ADD(operation, freeze)
{ .run = freeze, .least_calls = 5 };
FIXTURE_VARIANT_ADD(operation, dup_readonly)
{ .run = dup_readonly, .least_calls = 1 };
FIXTURE_VARIANT_ADD(operation, dup_unsafe)
{ .run = dup_unsafe, .least_calls = 1 };
FIXTURE_VARIANT_ADD(operation, map_readonly)
{ .run = map_readonly, .least_calls = 2 };
FIXTURE_VARIANT_ADD(operation, map_writable)
{ .run = map_writable, .least_calls = 2 };
FIXTURE_VARIANT_ADD(operation, map_unsafe)
{ .run = map_unsafe, .least_calls = 1 };
FIXTURE_VARIANT_ADD(operation, import_readonly)
{ .run = import_readonly, .is_import = true, .least_calls = 5 };
FIXTURE_VARIANT_ADD(operation, import_writable)
{ .run = import_writable, .is_import = true, .least_calls = 5 };
FIXTURE_VARIANT_ADD(operation, import_unsafe)
{ .run = import_unsafe, .is_import = true, .least_calls = 5 };

FIXTURE_SETUP(operation)
{
	if (variant->run == create_file && access("/dev/shm", W_OK) < 0)
		SKIP("no /dev/shm");
	set_up(&self->scene);
}

FIXTURE_TEARDOWN(operation)
{
	arm(0, 0);
	clean_up(&self->scene);
}

/* Nothing may hide that the wrappers are not called at all. */
TEST_F(operation, makes_the_calls_that_can_fail)
{
	arm(0, 0);
	ASSERT_OK(variant->run(&self->scene));
	EXPECT_GE(calls_seen, variant->least_calls);
}

TEST_F(operation, reports_each_failure)
{
	int wanted, ret;

	for (int nth = 1;; nth++) {
		arm(nth, INJECTED);
		ret = variant->run(&self->scene);
		if (failures == 0)
			break;
		/* Filling holes reports any errno but three as EFAULT. */
		wanted = variant->run == map_readonly && nth == 2 ? EFAULT :
								    INJECTED;
		arm(0, 0);
		ASSERT_EQ(-wanted, ret);
		expect_no_output(&self->scene);
		if (!variant->is_import)
			continue;
		EXPECT_EQ(SEALMEM_REFUSAL_SYSTEM, self->scene.parts.refusal);
		EXPECT_EQ(SEALMEM_KIND_NONE, self->scene.parts.kind);
		clean_up(&self->scene);
		set_up(&self->scene);
	}
	/* What failed so often works once nothing fails. */
	EXPECT_EQ(0, ret);
}

TEST(interrupted_calls_are_made_again)
{
	struct scene s;
	int interrupted = 0;

	set_up(&s);
	for (int nth = 1; nth < 40; nth++) {
		int ret;

		arm(nth, EINTR);
		ret = create_from(&s);
		interrupted += failures && ret == 0;
		arm(0, 0);
		if (ret != 0)
			EXPECT_EQ(-EINTR, ret);
		sealmem_readonly_region_close(&s.ret_readonly);
	}
	/* ftruncate, the writes, getrandom and open. */
	EXPECT_GE(interrupted, 8);
	clean_up(&s);
}

TEST(memory_that_cannot_be_sealed_is_not_handed_out)
{
	struct scene s = { 0 };

	forgets_sealing = true;
	EXPECT_ERR(EOPNOTSUPP, create_writable(&s));
	EXPECT_ERR(EOPNOTSUPP, create_unsafe(&s));
	EXPECT_ERR(EOPNOTSUPP, create_readonly(&s));
	EXPECT_ERR(EOPNOTSUPP, create_from(&s));
	expect_no_output(&s);
}

TEST(a_seal_that_is_not_there_is_noticed)
{
	struct scene s;

	set_up(&s);
	forgets_seals = true;
	EXPECT_ERR(EOPNOTSUPP, create_writable(&s));
	EXPECT_ERR(EOPNOTSUPP, create_from(&s));
	EXPECT_ERR(EOPNOTSUPP, to_readonly(&s));
	EXPECT_ERR(EOPNOTSUPP, to_unsafe(&s));
	EXPECT_ERR(EOPNOTSUPP, freeze(&s));
	expect_no_output(&s);
	forgets_seals = false;
	EXPECT_OK(to_readonly(&s));
	clean_up(&s);
}

TH_MAIN
