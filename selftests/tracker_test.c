/* SPDX-License-Identifier: MIT */
/* The tracker: what it lists, what it adds up, what regions are called. */
#include "kinds.h"

#define SIZE 1024

static struct sealmem_tracker_total total(void)
{
	struct sealmem_tracker_total sum = { 0 };

	EXPECT_OK(sealmem_tracker_total(&sum));
	return sum;
}

/* ---- the list ----------------------------------------------------------- */

#define LIST_MAX 16

struct list {
	struct sealmem_tracked items[LIST_MAX];
	size_t count;
};

static int collect(const struct sealmem_tracked *tracked, void *data)
{
	struct list *list = data;

	ASSERT_LT(list->count, LIST_MAX);
	list->items[list->count++] = *tracked;
	return 0;
}

static struct list list_all(void)
{
	struct list list = { .count = 0 };

	EXPECT_OK(sealmem_tracker_for_each(collect, &list));
	return list;
}

FIXTURE(kind)
{
	struct made made;
};

FIXTURE_VARIANT(kind)
{
	enum sealmem_kind kind;
	/* Made through the writable region that it was. */
	enum sealmem_kind writer;
};

FIXTURE_VARIANT_ADD(kind, readonly)
{ SEALMEM_KIND_READONLY, SEALMEM_KIND_WRITABLE };
FIXTURE_VARIANT_ADD(kind, writable)
{ SEALMEM_KIND_WRITABLE, SEALMEM_KIND_WRITABLE };
FIXTURE_VARIANT_ADD(kind, unsafe)
{ SEALMEM_KIND_UNSAFE, SEALMEM_KIND_UNSAFE };

FIXTURE_SETUP(kind)
{
	ASSERT_EQ(0, list_all().count);
	ASSERT_OK(made_create(&self->made, variant->kind, 3 * page_size()));
}

FIXTURE_TEARDOWN(kind)
{
	made_close(&self->made);
	EXPECT_EQ(0, list_all().count);
}

TEST_F(kind, mapping_is_listed_as_it_is)
{
	struct list list;
	struct view view;
	struct stat st;

	ASSERT_OK(made_map_at(&self->made, page_size() + 7, 9, &view));
	ASSERT_SYS(fstat(made_fd(&self->made), &st));
	made_close_region(&self->made);
	list = list_all();
	ASSERT_EQ(2, list.count);
	EXPECT_LT((uintptr_t)list.items[0].addr, (uintptr_t)list.items[1].addr);
	for (int i = 0; i < 2; i++) {
		const struct sealmem_tracked *t = &list.items[i];
		bool is_view = t->addr == view.bytes;

		EXPECT_TRUE(is_view || t->addr == self->made.writer.addr);
		EXPECT_EQ(is_view ? 9 : 3 * page_size(), t->size);
		EXPECT_EQ(is_view ? page_size() + 7 : 0, t->offset);
		EXPECT_EQ(is_view ? page_size() : 3 * page_size(),
			  t->mapped_size);
		EXPECT_EQ(is_view ? variant->kind : variant->writer, t->kind);
		EXPECT_TRUE(sealmem_token_equal(view.token, t->token));
		EXPECT_EQ(st.st_dev, t->device);
		EXPECT_EQ(st.st_ino, t->inode);
	}
	view_unmap(&view);
	EXPECT_EQ(1, list_all().count);
}

TEST_F(kind, imported_region_is_listed_by_what_the_kernel_says)
{
	struct sealmem_descriptor parts = { 0 };
	struct view view;
	struct stat st;

	sealmem_writable_mapping_unmap(&self->made.writer);
	ASSERT_SYS(fstat(made_fd(&self->made), &st));
	if (variant->kind == SEALMEM_KIND_READONLY) {
		ASSERT_OK(sealmem_readonly_region_export(&self->made.readonly,
							 &parts));
		ASSERT_OK(sealmem_readonly_region_import(&parts, NULL,
							 &self->made.readonly));
	} else if (variant->kind == SEALMEM_KIND_WRITABLE) {
		ASSERT_OK(sealmem_writable_region_export(&self->made.writable,
							 &parts));
		ASSERT_OK(sealmem_writable_region_import(&parts, NULL,
							 &self->made.writable));
	} else {
		ASSERT_OK(sealmem_unsafe_region_export(&self->made.unsafe,
						       &parts));
		ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL,
						       &self->made.unsafe));
	}
	ASSERT_OK(made_map(&self->made, &view));
	ASSERT_EQ(1, list_all().count);
	EXPECT_EQ(st.st_dev, list_all().items[0].device);
	EXPECT_EQ(st.st_ino, list_all().items[0].inode);
	EXPECT_EQ(variant->kind, list_all().items[0].kind);
	view_unmap(&view);
}

static int stop_at_second(const struct sealmem_tracked *tracked TH_UNUSED_,
			  void *data)
{
	return ++*(int *)data == 2 ? 77 : 0;
}

TEST_F(kind, visitor_can_end_it)
{
	struct view a, b;
	int calls = 0;

	ASSERT_OK(made_map(&self->made, &a));
	ASSERT_OK(made_map(&self->made, &b));
	EXPECT_EQ(77, sealmem_tracker_for_each(stop_at_second, &calls));
	EXPECT_EQ(2, calls);
	view_unmap(&a);
	view_unmap(&b);
}

/* The very mapping that is being visited is unmapped, another one is made. */
static int replace(const struct sealmem_tracked *tracked, void *data)
{
	struct made *made = data;
	size_t resident;

	EXPECT_TRUE(tracked->addr == made->writer.addr);
	sealmem_writable_mapping_unmap(&made->writer);
	EXPECT_ERR(EBADF, sealmem_tracker_resident(tracked, &resident));
	EXPECT_EQ(0, list_all().count);
	ASSERT_OK(sealmem_unsafe_region_map(&made->unsafe, &made->writer));
	EXPECT_EQ(1, total().mapping_count);
	return 0;
}

TEST(visitor_may_call_the_library)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	EXPECT_OK(sealmem_tracker_for_each(replace, &made));
	EXPECT_EQ(1, list_all().count);
	made_close(&made);
}

#define MANY 1000

/* More than the table has room for at first, and given back in disorder. */
TEST(a_thousand_mappings_come_and_go)
{
	static struct sealmem_writable_mapping mappings[MANY];
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++)
			ASSERT_OK(sealmem_unsafe_region_map(&made.unsafe,
							    &mappings[i]));
		EXPECT_EQ(MANY + 1, total().mapping_count);
		EXPECT_EQ(1, total().region_count);
		EXPECT_EQ((MANY + 1) * page_size(), total().mapped_size);
		for (int i = 0; i < MANY; i++)
			sealmem_writable_mapping_unmap(
				&mappings[i * 7 % MANY]);
		EXPECT_EQ(1, total().mapping_count);
	}
	made_close(&made);
	EXPECT_EQ(0, total().mapping_count);
}

/* ---- names and sums ----------------------------------------------------- */

/* What another process that got the region calls it. */
static void send_name(struct sealmem_channel *channel, int fd)
{
	char name[SEALMEM_TRACKER_NAME_SIZE];
	struct sealmem_received_region received = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	uint32_t refusal;
	struct list list;

	ASSERT_OK(sealmem_channel_receive(channel, NULL, -1, &received,
					  &refusal));
	ASSERT_OK(sealmem_readonly_region_map(&received.as.readonly, &view));
	list = list_all();
	ASSERT_EQ(1, list.count);
	sealmem_tracker_name(list.items[0].token, name);
	ASSERT_EQ(sizeof(name), write(fd, name, sizeof(name)));
}

TEST(case_109_all_holders_agree_on_the_name)
{
	char ours[SEALMEM_TRACKER_NAME_SIZE], theirs[sizeof(ours)];
	char wanted[sizeof(ours)] = "shared_memory/";
	struct sealmem_channel a = { 0 }, b = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_token token;
	int fds[2];
	pid_t child;

	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &region));
	token = sealmem_readonly_region_token(&region);
	sealmem_token_format(token, wanted + strlen(wanted));
	ASSERT_EQ(sizeof(wanted) - 1, strlen(wanted));
	sealmem_tracker_name(token, ours);
	EXPECT_STREQ(wanted, ours);

	ASSERT_OK(sealmem_channel_pair(&a, &b));
	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		send_name(&b, fds[1]);
		_exit(0);
	}
	ASSERT_OK(sealmem_channel_send_readonly(&a, &region, NULL));
	ASSERT_EQ(sizeof(theirs), read(fds[0], theirs, sizeof(theirs)));
	EXPECT_STREQ(ours, theirs);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	close(fds[0]);
	close(fds[1]);
	sealmem_channel_close(&a);
	sealmem_channel_close(&b);
	sealmem_readonly_region_close(&region);
}

static uint32_t importance(const struct sealmem_writable_mapping *mapping)
{
	struct list list = list_all();

	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].addr == mapping->addr)
			return list.items[i].importance;
	return UINT32_MAX;
}

/* Its other half: what is claimed replaces what nobody claimed. */
TEST(case_109_claim_replaces_the_default)
{
	struct sealmem_writable_mapping again = { 0 }, later = { 0 };
	struct sealmem_token token;
	struct made made, other;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(made_create(&other, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(sealmem_unsafe_region_map(&made.unsafe, &again));
	token = made.writer.token;
	EXPECT_EQ(0, importance(&made.writer));
	EXPECT_EQ(2, sealmem_tracker_claim(token, 1));
	ASSERT_OK(sealmem_unsafe_region_map(&made.unsafe, &later));
	EXPECT_EQ(1, importance(&made.writer));
	EXPECT_EQ(1, importance(&again));
	EXPECT_EQ(0, importance(&later));
	EXPECT_EQ(0, importance(&other.writer));
	EXPECT_EQ(3, sealmem_tracker_claim(token, 7));
	EXPECT_EQ(7, importance(&made.writer));
	sealmem_writable_mapping_unmap(&again);
	sealmem_writable_mapping_unmap(&later);
	made_close(&made);
	EXPECT_EQ(0, sealmem_tracker_claim(token, 1));
	made_close(&other);
}

TEST(pages_that_are_mapped_twice_count_once)
{
	size_t page = page_size();
	struct sealmem_tracker_total sum;
	struct made made, other;
	struct view a, b, c;

	/* Pages 0 to 7 of the one, 0 of the other. */
	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, 8 * page));
	ASSERT_OK(made_create(&other, SEALMEM_KIND_WRITABLE, SIZE));
	sealmem_writable_mapping_unmap(&made.writer);
	/* 0 to 2; 2 to 4, not aligned; 6. */
	ASSERT_OK(made_map_at(&made, 0, 3 * page, &a));
	ASSERT_OK(made_map_at(&made, 2 * page + 1, 3 * page - 1, &b));
	ASSERT_OK(made_map_at(&made, 6 * page, 1, &c));
	sum = total();
	EXPECT_EQ(4, sum.mapping_count);
	EXPECT_EQ(2, sum.token_count);
	EXPECT_EQ(2, sum.region_count);
	EXPECT_EQ(8 * page, sum.mapped_size);
	EXPECT_EQ(7 * page, sum.unique_size);

	/* One within another adds nothing. */
	view_unmap(&c);
	ASSERT_OK(made_map_at(&made, page, page, &c));
	ASSERT_OK(sealmem_tracker_total_of_token(a.token, &sum));
	EXPECT_EQ(3, sum.mapping_count);
	EXPECT_EQ(1, sum.region_count);
	EXPECT_EQ(7 * page, sum.mapped_size);
	EXPECT_EQ(5 * page, sum.unique_size);
	view_unmap(&a);
	view_unmap(&b);
	view_unmap(&c);
	made_close(&made);
	made_close(&other);
}

/* What the same memory, or other memory, is declared to be by a peer. */
static void import_as(const struct made *made, struct sealmem_token token,
		      struct sealmem_unsafe_region *ret_region)
{
	struct sealmem_descriptor parts = {
		.kind = SEALMEM_KIND_UNSAFE, .size = SIZE, .token = token,
		.fd = fcntl(made_fd(made), F_DUPFD_CLOEXEC, 0),
	};

	ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL, ret_region));
}

TEST(tokens_of_a_liar_do_not_spoil_the_sums)
{
	struct sealmem_unsafe_region alias = { 0 }, twin = { 0 };
	struct sealmem_writable_mapping a = { 0 }, b = { 0 };
	struct sealmem_token token, invented = { 1, 2 };
	struct sealmem_tracker_total sum;
	struct made made, other;
	struct stat st;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(made_create(&other, SEALMEM_KIND_UNSAFE, SIZE));
	token = sealmem_unsafe_region_token(&made.unsafe);
	import_as(&made, invented, &alias);
	import_as(&other, token, &twin);
	ASSERT_OK(sealmem_unsafe_region_map(&alias, &a));
	ASSERT_OK(sealmem_unsafe_region_map(&twin, &b));

	/* One token, two regions. */
	ASSERT_OK(sealmem_tracker_total_of_token(token, &sum));
	EXPECT_EQ(2, sum.mapping_count);
	EXPECT_EQ(2, sum.region_count);
	EXPECT_EQ(1, sum.token_count);
	EXPECT_EQ(2 * page_size(), sum.unique_size);
	/* One region, two tokens. */
	ASSERT_SYS(fstat(made_fd(&made), &st));
	ASSERT_OK(sealmem_tracker_total_of_file(st.st_dev, st.st_ino, &sum));
	EXPECT_EQ(2, sum.mapping_count);
	EXPECT_EQ(1, sum.region_count);
	EXPECT_EQ(2, sum.token_count);
	EXPECT_EQ(page_size(), sum.unique_size);
	ASSERT_OK(sealmem_tracker_total_of_file(st.st_dev + 1, st.st_ino,
						&sum));
	EXPECT_EQ(0, sum.mapping_count);
	/* All four. */
	EXPECT_EQ(4, total().mapping_count);
	EXPECT_EQ(3, total().token_count);
	EXPECT_EQ(2 * page_size(), total().unique_size);
	ASSERT_OK(sealmem_tracker_total_of_token((struct sealmem_token){ 9, 9 },
						 &sum));
	EXPECT_EQ(0, sum.mapping_count + sum.token_count + sum.region_count +
			     sum.mapped_size + sum.unique_size);
	sealmem_writable_mapping_unmap(&a);
	sealmem_writable_mapping_unmap(&b);
	sealmem_unsafe_region_close(&alias);
	sealmem_unsafe_region_close(&twin);
	made_close(&made);
	made_close(&other);
}

TH_MAIN
