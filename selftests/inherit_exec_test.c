/* SPDX-License-Identifier: MIT */
/*
 * Regions across exec: this program executes itself, and what it then is finds
 * its region by a text on its command line. Upstream's case 69 among them. What
 * such a text must look like: inherit_text_test.c.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kinds.h"

#define SIZE	(64 * 1024)
/* Upstream's number. */
#define TARGET	42
#define OTHER	43
#define PROGRAM	"/proc/self/exe"
#define MARK	'm'

/* --- the new program ------------------------------------------------------ */

/* What it ends with: 0, or what was wrong. */
enum { NO_REGION = 1, NOT_OWNED, NO_MAPPING, WRONG_BYTES, WRONG_TOKEN, LEAKED };

static int look_at(const void *addr, struct sealmem_token token,
		   const char *wanted)
{
	char text[SEALMEM_TOKEN_TEXT_SIZE];

	sealmem_token_format(token, text);
	if (strcmp(text, wanted) != 0)
		return WRONG_TOKEN;
	return is_filled(addr, FILL, SIZE) ? 0 : WRONG_BYTES;
}

static bool is_owned(int fd, int wanted)
{
	return fd == wanted && fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static int inherit_readonly(const char *text, const char *token, int fd)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	int ret;

	if (sealmem_readonly_region_from_text(text, NULL, &region, NULL) < 0)
		return NO_REGION;
	if (!is_owned(sealmem_readonly_region_fd(&region), fd))
		return NOT_OWNED;
	if (sealmem_readonly_region_map(&region, &view) < 0)
		return NO_MAPPING;
	ret = look_at(view.addr, view.token, token);
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
	return ret;
}

static int inherit_unsafe(const char *text, const char *token, int fd)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping view = { 0 };
	int ret;

	if (sealmem_unsafe_region_from_text(text, NULL, &region, NULL) < 0)
		return NO_REGION;
	if (!is_owned(sealmem_unsafe_region_fd(&region), fd))
		return NOT_OWNED;
	if (sealmem_unsafe_region_map(&region, &view) < 0)
		return NO_MAPPING;
	ret = look_at(view.addr, view.token, token);
	*(volatile char *)view.addr = MARK;
	sealmem_writable_mapping_unmap(&view);
	sealmem_unsafe_region_close(&region);
	return ret;
}

/* KIND TEXT TOKEN NUMBER, any number of times. */
static int inherit_all(char **arguments)
{
	int ret = 0;

	for (; arguments[0] && ret == 0; arguments += 4) {
		int fd = atoi(arguments[3]);

		ret = arguments[0][0] == 'r' ?
			      inherit_readonly(arguments[1], arguments[2], fd) :
			      inherit_unsafe(arguments[1], arguments[2], fd);
		if (ret == 0 && fcntl(fd, F_GETFD) >= 0)
			ret = LEAKED;
	}
	return ret;
}

/* --- the parent ----------------------------------------------------------- */

/* A region as the new program's arguments. */
struct heir {
	char text[SEALMEM_INHERIT_TEXT_SIZE];
	char token[SEALMEM_TOKEN_TEXT_SIZE];
	char number[12];
};

static void describe(const struct made *made, int target, struct heir *heir)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		ASSERT_OK(sealmem_readonly_region_to_text(&made->readonly,
							  target, heir->text));
	else
		ASSERT_OK(sealmem_unsafe_region_to_text(&made->unsafe, target,
							heir->text));
	sealmem_token_format(made->writer.token, heir->token);
	snprintf(heir->number, sizeof(heir->number), "%d", target);
}

static int inherit_at(const struct made *made, int target)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		return sealmem_readonly_region_inherit_at(&made->readonly,
							  target);
	return sealmem_unsafe_region_inherit_at(&made->unsafe, target);
}

static char *kind_argument(const struct made *made)
{
	return made->kind == SEALMEM_KIND_READONLY ? (char *)"r" : (char *)"u";
}

static int exit_code_of(pid_t child)
{
	int status;

	ASSERT_SYS(child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect_inherited(struct made *made, int target)
{
	struct heir heir;
	char *arguments[] = { (char *)PROGRAM, (char *)"--inherit",
			      kind_argument(made), heir.text, heir.token,
			      heir.number, NULL };
	pid_t child;

	describe(made, target, &heir);
	child = fork();
	if (child == 0) {
		if (inherit_at(made, target) == 0)
			execv(PROGRAM, arguments);
		_exit(127);
	}
	EXPECT_EQ(0, exit_code_of(child));
	/* Nothing has changed here. */
	EXPECT_EQ(FD_CLOEXEC, fcntl(made_fd(made), F_GETFD));
}

TEST(case_069_readonly_region_by_command_line)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	expect_inherited(&made, TARGET);
	EXPECT_TRUE(is_filled(made.writer.addr, FILL, SIZE));
	made_close(&made);
}

TEST(case_069_unsafe_region_by_command_line)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	expect_inherited(&made, TARGET);
	EXPECT_EQ(MARK, *(const char *)made.writer.addr);
	made_close(&made);
}

TEST(number_that_it_has_already)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_GE(made_fd(&made), SEALMEM_INHERIT_FD_MIN);
	expect_inherited(&made, made_fd(&made));
	made_close(&made);
}

TEST(posix_spawn)
{
	struct made made;
	struct heir heir;
	char *arguments[] = { (char *)PROGRAM, (char *)"--inherit", (char *)"r",
			      heir.text, heir.token, heir.number, NULL };
	posix_spawn_file_actions_t actions;
	pid_t child;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	describe(&made, TARGET, &heir);
	ASSERT_EQ(0, posix_spawn_file_actions_init(&actions));
	ASSERT_EQ(0, posix_spawn_file_actions_adddup2(
			     &actions, made_fd(&made), TARGET));
	ASSERT_EQ(0, posix_spawn(&child, PROGRAM, &actions, NULL, arguments,
				 environ));
	EXPECT_EQ(0, exit_code_of(child));
	posix_spawn_file_actions_destroy(&actions);
	made_close(&made);
}

TEST(several_regions)
{
	struct made live, unsafe;
	struct heir first, second;
	char *arguments[] = { (char *)PROGRAM, (char *)"--inherit",
			      (char *)"r", first.text, first.token, first.number,
			      (char *)"u", second.text, second.token,
			      second.number, NULL };
	pid_t child;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_create(&unsafe, SEALMEM_KIND_UNSAFE, SIZE));
	describe(&live, TARGET, &first);
	describe(&unsafe, OTHER, &second);
	child = fork();
	if (child == 0) {
		if (inherit_at(&live, TARGET) == 0 &&
		    inherit_at(&unsafe, OTHER) == 0)
			execv(PROGRAM, arguments);
		_exit(127);
	}
	EXPECT_EQ(0, exit_code_of(child));
	made_close(&live);
	made_close(&unsafe);
}

TEST(region_that_was_not_passed_is_not_there)
{
	struct made made;
	struct heir heir;
	char *arguments[] = { (char *)PROGRAM, (char *)"--inherit", (char *)"r",
			      heir.text, heir.token, heir.number, NULL };
	pid_t child;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	describe(&made, made_fd(&made), &heir);
	child = fork();
	if (child == 0) {
		execv(PROGRAM, arguments);
		_exit(127);
	}
	EXPECT_EQ(NO_REGION, exit_code_of(child));
	made_close(&made);
}

TEST(wrong_kind_is_refused_by_the_new_program)
{
	struct made made;
	struct heir heir;
	char *arguments[] = { (char *)PROGRAM, (char *)"--inherit", (char *)"u",
			      heir.text, heir.token, heir.number, NULL };
	pid_t child;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	describe(&made, TARGET, &heir);
	child = fork();
	if (child == 0) {
		if (inherit_at(&made, TARGET) == 0)
			execv(PROGRAM, arguments);
		_exit(127);
	}
	EXPECT_EQ(NO_REGION, exit_code_of(child));
	made_close(&made);
}

/* --- numbers -------------------------------------------------------------- */

TEST(numbers_that_cannot_be)
{
	struct sealmem_readonly_region none = { 0 };
	struct rlimit limit;
	struct made made;

	EXPECT_ERR(EBADF, sealmem_readonly_region_inherit_at(&none, TARGET));
	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	for (int target = -1; target < SEALMEM_INHERIT_FD_MIN; target++)
		EXPECT_ERR(EINVAL, inherit_at(&made, target));
	EXPECT_ERR(EINVAL, inherit_at(&made, INT32_MIN));
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = TARGET;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_ERR(EINVAL, inherit_at(&made, TARGET));
	EXPECT_ERR(EINVAL, inherit_at(&made, INT32_MAX));
	EXPECT_OK(inherit_at(&made, TARGET - 1));
	close(TARGET - 1);
	made_close(&made);
}

TEST(number_of_somebody_who_wants_it_inherited)
{
	struct made made;
	struct stat before, after;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_EQ(TARGET, dup2(0, TARGET));
	ASSERT_SYS(fstat(TARGET, &before));
	EXPECT_ERR(EEXIST, inherit_at(&made, TARGET));
	ASSERT_SYS(fstat(TARGET, &after));
	EXPECT_EQ(before.st_ino, after.st_ino);
	/* One that exec would close may make room. */
	ASSERT_SYS(fcntl(TARGET, F_SETFD, FD_CLOEXEC));
	EXPECT_OK(inherit_at(&made, TARGET));
	EXPECT_EQ(0, fcntl(TARGET, F_GETFD));
	/* And now it is wanted. */
	EXPECT_ERR(EEXIST, inherit_at(&made, TARGET));
	close(TARGET);
	made_close(&made);
}

/* The second would have been inherited as the first, under its name. */
TEST(region_that_was_replaced_is_noticed)
{
	struct made first, second;
	int number, kept;

	ASSERT_OK(made_create(&first, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(made_create(&second, SEALMEM_KIND_UNSAFE, SIZE));
	number = made_fd(&second);
	kept = fcntl(number, F_DUPFD_CLOEXEC, 0);
	EXPECT_OK(inherit_at(&first, number));
	EXPECT_ERR(EBADF, inherit_at(&second, TARGET));
	EXPECT_ERRNO(EBADF, fcntl(TARGET, F_GETFD));
	/* Back, for who looks at what was opened and closed. */
	ASSERT_EQ(number, dup3(kept, number, O_CLOEXEC));
	close(kept);
	EXPECT_OK(inherit_at(&second, TARGET));
	close(TARGET);
	made_close(&first);
	made_close(&second);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--inherit") == 0)
		return inherit_all(argv + 2);
	return th_main(argc, argv);
}
