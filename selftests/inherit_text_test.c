/* SPDX-License-Identifier: MIT */
/*
 * The text that describes an inherited region: what it looks like, what every
 * other text is refused for, and that nothing it names is touched unless it is
 * the memory that it describes.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "recipe.h"

#define TARGET	42

struct before {
	struct stat st;
	int flags;
	off_t position;
};

static struct before look(int fd)
{
	struct before before;

	before.flags = fcntl(fd, F_GETFD);
	ASSERT_SYS(before.flags);
	/* -1 where there is none. */
	before.position = lseek(fd, 0, SEEK_CUR);
	ASSERT_SYS(fstat(fd, &before.st));
	return before;
}

static void expect_untouched(int fd, struct before before)
{
	struct before now = look(fd);

	EXPECT_EQ(before.flags, now.flags);
	EXPECT_EQ(before.position, now.position);
	EXPECT_EQ(before.st.st_dev, now.st.st_dev);
	EXPECT_EQ(before.st.st_ino, now.st.st_ino);
}

/* The refusal, after a look at everything else that there is to refuse. */
static uint32_t readonly_from_text(const char *text,
				   const struct sealmem_policy *policy)
{
	struct sealmem_readonly_region region = { 0 };
	uint32_t refusal = UINT32_MAX;
	int ret = sealmem_readonly_region_from_text(text, policy, &region,
						    &refusal);

	EXPECT_EQ(ret == 0, refusal == SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(ret != 0, sealmem_readonly_region_is_empty(&region));
	sealmem_readonly_region_close(&region);
	return refusal;
}

static int unsafe_from_text(const char *text, uint32_t *ret_refusal)
{
	struct sealmem_unsafe_region region = { 0 };
	int ret = sealmem_unsafe_region_from_text(text, NULL, &region,
						  ret_refusal);

	EXPECT_EQ(ret != 0, sealmem_unsafe_region_is_empty(&region));
	sealmem_unsafe_region_close(&region);
	return ret;
}

/* A live region of a page at TARGET, as if it had come through exec. */
static void plant(char text[SEALMEM_INHERIT_TEXT_SIZE])
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(SIZE, NULL, &region, &writer));
	ASSERT_OK(sealmem_readonly_region_to_text(&region, TARGET, text));
	ASSERT_OK(sealmem_readonly_region_inherit_at(&region, TARGET));
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

/* --- what it looks like --------------------------------------------------- */

static void import_named(struct sealmem_token token,
			 struct sealmem_readonly_region *ret_region)
{
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts =
		declare(cook(&live), SEALMEM_KIND_READONLY, page_size());

	parts.token = token;
	ASSERT_OK(sealmem_readonly_region_import(&parts, NULL, ret_region));
}

TEST(five_decimal_fields)
{
	struct sealmem_readonly_region region = { 0 };
	char text[SEALMEM_INHERIT_TEXT_SIZE], wanted[100];

	import_named((struct sealmem_token){ 0, 10 }, &region);
	ASSERT_OK(sealmem_readonly_region_to_text(&region, 3, text));
	snprintf(wanted, sizeof(wanted), "3,i,0,10,%zu", page_size());
	EXPECT_STREQ(wanted, text);
	sealmem_readonly_region_close(&region);
	import_named((struct sealmem_token){ UINT64_MAX, UINT64_MAX }, &region);
	ASSERT_OK(sealmem_readonly_region_to_text(&region, INT32_MAX, text));
	snprintf(wanted, sizeof(wanted),
		 "2147483647,i,18446744073709551615,18446744073709551615,%zu",
		 page_size());
	EXPECT_STREQ(wanted, text);
	sealmem_readonly_region_close(&region);
}

TEST(what_cannot_be_described)
{
	char text[SEALMEM_INHERIT_TEXT_SIZE] = "untouched";
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };

	EXPECT_ERR(EBADF, sealmem_readonly_region_to_text(&region, 3, text));
	EXPECT_ERR(EBADF, sealmem_unsafe_region_to_text(&unsafe, 3, text));
	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &unsafe));
	for (int target = -1; target < SEALMEM_INHERIT_FD_MIN; target++)
		EXPECT_ERR(EINVAL, sealmem_unsafe_region_to_text(
					   &unsafe, target, text));
	EXPECT_STREQ("untouched", text);
	sealmem_unsafe_region_close(&unsafe);
}

/* --- what is refused ------------------------------------------------------ */

static const struct {
	const char *text;
	enum sealmem_refusal refusal;
} wrong[] = {
	{ "", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ "42", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ "42,i,1,2", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ "42,i,1,2,3,", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ "42,i,1,2,3,4", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ ",42,i,1,2,3", SEALMEM_REFUSAL_TEXT_FIELDS },
	{ ",i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "-1,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "+42,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ " 42,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "42 ,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "042,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "0x2a,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "4.2,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "0,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "1,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "2,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "2147483648,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "4294967338,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "18446744073709551658,i,1,2,3", SEALMEM_REFUSAL_TEXT_DESCRIPTOR },
	{ "42,,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,I,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,r,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,p,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,ii,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,i ,1,2,3", SEALMEM_REFUSAL_TEXT_METHOD },
	{ "42,i,,2,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,1,,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,01,2,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,1,-2,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,1,a,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,18446744073709551616,2,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,1,99999999999999999999,3", SEALMEM_REFUSAL_TEXT_TOKEN },
	{ "42,i,1,2,", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,3 ", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,3\n", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,03", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,00", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,+3", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,1K", SEALMEM_REFUSAL_TEXT_SIZE },
	{ "42,i,1,2,18446744073709551616", SEALMEM_REFUSAL_TEXT_SIZE },
	/* As long as can be, and one character longer. */
	{ "2147483647,i,18446744073709551615,18446744073709551615,"
	  "18446744073709551615", SEALMEM_REFUSAL_NOT_INHERITED },
	{ "2147483647,i,18446744073709551615,18446744073709551615,"
	  "184467440737095516150", SEALMEM_REFUSAL_TEXT_FIELDS },
	/* Well-formed, and not true. */
	{ "43,i,1,2,3", SEALMEM_REFUSAL_NOT_INHERITED },
	{ "42,i,0,0,3", SEALMEM_REFUSAL_TOKEN },
	{ "42,i,1,2,0", SEALMEM_REFUSAL_SIZE_ZERO },
	{ "42,i,1,2,2147483648", SEALMEM_REFUSAL_SIZE_LIMIT },
	{ "42,i,1,2,18446744073709551615", SEALMEM_REFUSAL_SIZE_LIMIT },
	{ "42,i,1,2,1048576", SEALMEM_REFUSAL_SIZE_MISMATCH },
};

/* Upstream's list of errors, and stricter numbers than strtoul reads. */
TEST(each_wrong_text_has_its_reason)
{
	char text[SEALMEM_INHERIT_TEXT_SIZE];
	struct before before;

	plant(text);
	before = look(TARGET);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint32_t refusal = readonly_from_text(wrong[i].text, NULL);

		if (refusal != wrong[i].refusal)
			TH_LOG("\"%s\"", wrong[i].text);
		EXPECT_EQ(wrong[i].refusal, refusal);
		expect_untouched(TARGET, before);
	}
	/* After all that it is still there to be taken. */
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, readonly_from_text(text, NULL));
	EXPECT_ERRNO(EBADF, fcntl(TARGET, F_GETFD));
}

TEST(errors_are_of_the_text_or_of_the_descriptor)
{
	struct sealmem_readonly_region region = { 0 };

	EXPECT_ERR(EBADMSG, sealmem_readonly_region_from_text("", NULL, &region,
							      NULL));
	EXPECT_ERR(EPROTO, sealmem_readonly_region_from_text(
				   "42,i,1,2,3", NULL, &region, NULL));
}

/* A page is as large as any size in it, and any token is as good as another. */
static bool may_still_be_right(const char *text, const char *changed)
{
	return strncmp(text, changed, strlen("42,i,")) == 0;
}

TEST_TIMEOUT(each_changed_byte_is_refused_or_says_what_it_says, 60)
{
	char text[SEALMEM_INHERIT_TEXT_SIZE], changed[SEALMEM_INHERIT_TEXT_SIZE];
	char again[SEALMEM_INHERIT_TEXT_SIZE];
	struct before before;
	int kept;

	plant(text);
	before = look(TARGET);
	kept = fcntl(TARGET, F_DUPFD_CLOEXEC, 0);
	ASSERT_SYS(kept);
	for (size_t at = 0; at < strlen(text); at++) {
		for (int byte = 0; byte < 256; byte++) {
			struct sealmem_readonly_region region = { 0 };

			strcpy(changed, text);
			if (changed[at] == (char)byte)
				continue;
			changed[at] = (char)byte;
			if (sealmem_readonly_region_from_text(
				    changed, NULL, &region, NULL) < 0) {
				expect_untouched(TARGET, before);
				continue;
			}
			EXPECT_TRUE(may_still_be_right(text, changed));
			ASSERT_OK(sealmem_readonly_region_to_text(
				&region, TARGET, again));
			EXPECT_STREQ(changed, again);
			sealmem_readonly_region_close(&region);
			ASSERT_EQ(TARGET, dup2(kept, TARGET));
		}
	}
	close(TARGET);
	close(kept);
}

/* --- what is named -------------------------------------------------------- */

static void expect_left_alone(int fd)
{
	char text[SEALMEM_INHERIT_TEXT_SIZE];
	struct before before;
	uint32_t refusal;

	ASSERT_SYS(fd);
	ASSERT_EQ(TARGET, dup2(fd, TARGET));
	close(fd);
	before = look(TARGET);
	snprintf(text, sizeof(text), "%d,i,1,2,%zu", TARGET, page_size());
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE, readonly_from_text(text, NULL));
	EXPECT_ERR(EPROTO, unsafe_from_text(text, &refusal));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE, refusal);
	expect_untouched(TARGET, before);
	close(TARGET);
}

TEST(what_is_no_memory_is_left_alone)
{
	int fds[2];

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	expect_left_alone(fds[0]);
	expect_left_alone(fds[1]);
	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	expect_left_alone(fds[0]);
	expect_left_alone(fds[1]);
	expect_left_alone(open("/dev/null", O_RDWR | O_CLOEXEC));
	expect_left_alone(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

TEST(memory_of_another_kind_is_left_alone)
{
	char text[SEALMEM_INHERIT_TEXT_SIZE];
	struct before before;
	uint32_t refusal;

	plant(text);
	before = look(TARGET);
	EXPECT_ERR(EPROTO, unsafe_from_text(text, &refusal));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED, refusal);
	expect_untouched(TARGET, before);
	close(TARGET);
}

/* Every descriptor of a library like this one would be closed by exec. */
TEST(region_of_this_process_cannot_be_named)
{
	struct sealmem_readonly_region region = { 0 };
	char text[SEALMEM_INHERIT_TEXT_SIZE];

	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &region));
	ASSERT_OK(sealmem_readonly_region_to_text(
		&region, sealmem_readonly_region_fd(&region), text));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_INHERITED,
		  readonly_from_text(text, NULL));
	EXPECT_SYS(fcntl(sealmem_readonly_region_fd(&region), F_GETFD));
	sealmem_readonly_region_close(&region);
}

TEST(text_is_good_for_once)
{
	struct sealmem_readonly_region region = { 0 };
	char text[SEALMEM_INHERIT_TEXT_SIZE];

	plant(text);
	ASSERT_OK(sealmem_readonly_region_from_text(text, NULL, &region, NULL));
	EXPECT_EQ(TARGET, sealmem_readonly_region_fd(&region));
	EXPECT_EQ(FD_CLOEXEC, fcntl(TARGET, F_GETFD));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE, sealmem_readonly_region_level(&region));
	EXPECT_EQ(SIZE, sealmem_readonly_region_size(&region));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_INHERITED,
		  readonly_from_text(text, NULL));
	EXPECT_EQ(FD_CLOEXEC, fcntl(TARGET, F_GETFD));
	sealmem_readonly_region_close(&region);
}

/* --- policies ------------------------------------------------------------- */

static bool never(const struct sealmem_arrival *arrival, void *data)
{
	*(uint64_t *)data = arrival->size;
	return false;
}

TEST(policy_decides)
{
	uint64_t judged = 0;
	struct sealmem_policy small = {
		.struct_size = sizeof(small),
		.size_max = SIZE - 1,
	};
	struct sealmem_policy picky = {
		.struct_size = sizeof(picky),
		.judge = never,
		.judge_data = &judged,
	};
	struct sealmem_policy senseless = { .struct_size = 1 };
	/* Nothing remembers what came by a text. */
	struct sealmem_policy once = {
		.struct_size = sizeof(once),
		.flags = SEALMEM_POLICY_ONCE,
	};
	struct sealmem_readonly_region region = { 0 };
	char text[SEALMEM_INHERIT_TEXT_SIZE];
	struct before before;

	plant(text);
	before = look(TARGET);
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_LIMIT, readonly_from_text(text, &small));
	EXPECT_EQ(SEALMEM_REFUSAL_JUDGED, readonly_from_text(text, &picky));
	EXPECT_EQ(SIZE, judged);
	EXPECT_ERR(EINVAL, sealmem_readonly_region_from_text(text, &senseless,
							     &region, NULL));
	EXPECT_ERR(EINVAL, sealmem_readonly_region_from_text(text, &once,
							     &region, NULL));
	expect_untouched(TARGET, before);
	small.size_max++;
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, readonly_from_text(text, &small));
}

TH_MAIN
