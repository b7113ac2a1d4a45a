/* SPDX-License-Identifier: MIT */
/*
 * Brokers that pass something else than was asked for: the client takes nothing
 * of it, and has its region as it was.
 */
#include "broker_liar.h"

/* ---- lies about the memory ---------------------------------------------- */

static void pass_a_pipe(struct th_self_liar *self, struct letter *letter,
			uint64_t id, int fd)
{
	(void)fd;
	write_answer(letter, id, 0);
	enclose(letter, pipe_end(0));
	reply(self, letter);
}

static void expect_not_created(struct th_self_liar *self, struct recipe recipe)
{
	self->recipe = recipe;
	expect_no_creation(self, pass_cooked, EPROTO);
}

TEST_F(liar, memory_that_is_no_writable_region)
{
	off_t larger = 2 * (off_t)page_size();

	expect_no_creation(self, pass_a_pipe, EPROTO);
	expect_not_created(self, (struct recipe){ .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = F_SEAL_SHRINK,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = UNSAFE_SEALS,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS |
							   F_SEAL_FUTURE_WRITE,
						  .access = O_RDWR });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS,
						  .access = O_RDWR,
						  .size = larger });
	expect_not_created(self, (struct recipe){ .seals = SIZE_SEALS,
						  .access = O_RDWR,
						  .mode = 0700 });
}

static void expect_not_converted(struct th_self_liar *self, uint32_t to,
				 struct recipe recipe)
{
	self->recipe = recipe;
	expect_no_conversion(self, to, pass_cooked, EPROTO);
}

/* All that is asked for, but it is not the same memory. */
TEST_F(liar, other_memory)
{
	expect_not_converted(self, TO_READONLY,
			     (struct recipe){ .seals = LIVE_SEALS });
	expect_not_converted(self, FREEZE,
			     (struct recipe){ .seals = FROZEN_SEALS });
	expect_not_converted(self, TO_UNSAFE,
			     (struct recipe){ .seals = UNSAFE_SEALS,
					      .access = O_RDWR });
}

/* The same memory, sealed with what the test says, through a descriptor. */
static void seal_and_pass(struct th_self_liar *self, struct letter *letter,
			  uint64_t id, int fd)
{
	char path[64];

	if (self->recipe.seals)
		ASSERT_SYS(fcntl(fd, F_ADD_SEALS, self->recipe.seals));
	fchmod(fd, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	write_answer(letter, id, 0);
	enclose(letter, open(path, self->recipe.access | O_CLOEXEC));
	reply(self, letter);
}

static void expect_not_sealed(struct th_self_liar *self, uint32_t to,
			      unsigned int seals, int access)
{
	self->recipe = (struct recipe){ .seals = seals, .access = access };
	expect_no_conversion(self, to, seal_and_pass, EPROTO);
	/* Another one, since seals stay. */
	sealmem_writable_region_close(&self->writable);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
}

TEST_F(liar, memory_that_was_not_sealed_as_asked)
{
	expect_not_sealed(self, TO_READONLY, 0, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_SEAL, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_FUTURE_WRITE, O_RDONLY);
	expect_not_sealed(self, TO_READONLY, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDWR);
	/* Live is not frozen. */
	expect_not_sealed(self, FREEZE, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDONLY);
	expect_not_sealed(self, TO_UNSAFE, 0, O_RDWR);
	expect_not_sealed(self, TO_UNSAFE, F_SEAL_SEAL, O_RDONLY);
	expect_not_sealed(self, TO_UNSAFE, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
			  O_RDWR);
}

/* More than was asked for is what somebody else could have done, too. */
TEST_F(liar, frozen_instead_of_live)
{
	self->recipe.seals = F_SEAL_WRITE | F_SEAL_SEAL;
	lie_next(self, seal_and_pass);
	EXPECT_OK(convert(self, TO_READONLY));
	join(self);
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&self->readonly));
	sealmem_readonly_region_close(&self->readonly);
}

/* A hole where there was none: it would raise SIGBUS, or fill memory. */
static void punch_and_pass(struct th_self_liar *self, struct letter *letter,
			   uint64_t id, int fd)
{
	ASSERT_SYS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			     (off_t)page_size()));
	seal_and_pass(self, letter, id, fd);
}

TEST_F(liar, memory_with_a_hole)
{
	self->recipe.seals = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	expect_no_conversion(self, TO_READONLY, punch_and_pass, EPROTO);
}

/* ---- lies about content ------------------------------------------------- */

/* Creates honestly, changes a byte of what came, and freezes that. */
static void create_and_change(struct th_self_liar *self, struct letter *letter,
			      uint64_t id, int fd)
{
	unsigned char bytes[ROOM];

	(void)fd;
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	pass_cooked(self, letter, id, -1);
	receive_raw(sealmem_channel_fd(&self->theirs), bytes, sizeof(bytes),
		    &fd);
	if (self->number)
		ASSERT_EQ(1, pwrite(fd, "x", 1, SIZE - 1));
	self->recipe = (struct recipe){ .seals = F_SEAL_WRITE | F_SEAL_SEAL };
	seal_and_pass(self, letter, number_at(bytes + 16, 8), fd);
	close(fd);
}

static int create_from(struct th_self_liar *self, int is_changed)
{
	static const char content[SIZE] = "as it was";
	int ret;

	self->number = is_changed;
	lie_next(self, create_and_change);
	ret = self->hooks.create_readonly_from(content, SIZE, NULL,
					       &self->readonly,
					       self->hooks.data);
	join(self);
	return ret;
}

TEST_F(liar, content_that_was_changed_before_it_was_frozen)
{
	EXPECT_ERR(EPROTO, create_from(self, true));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&self->readonly));
	EXPECT_OK(create_from(self, false));
	sealmem_readonly_region_close(&self->readonly);
}

/* Creates and converts honestly, and keeps a mapping of it. */
static void create_and_keep(struct th_self_liar *self, struct letter *letter,
			    uint64_t id, int fd)
{
	unsigned char bytes[ROOM];

	(void)fd;
	self->recipe = (struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR };
	write_answer(letter, id, 0);
	enclose(letter, cook(&self->recipe));
	self->kept = map_shared(letter->fds[0], SIZE, PROT_READ | PROT_WRITE);
	ASSERT_TRUE(self->kept != MAP_FAILED);
	reply(self, letter);
	receive_raw(sealmem_channel_fd(&self->theirs), bytes, sizeof(bytes),
		    &fd);
	self->recipe = (struct recipe){ .seals = F_SEAL_FUTURE_WRITE |
						 F_SEAL_SEAL };
	seal_and_pass(self, letter, number_at(bytes + 16, 8), fd);
	close(fd);
}

/* Who creates memory may keep what it likes of it; only freezing tells. */
TEST_F(liar, not_promised_that_a_broker_does_not_write_to_a_live_region)
{
	lie_next(self, create_and_keep);
	EXPECT_OK(self->hooks.create_readonly(SIZE, NULL, &self->readonly,
					      &self->writer,
					      self->hooks.data));
	join(self);
	*self->kept = 'b';
	EXPECT_EQ('b', *(char *)self->writer.addr);
	munmap(self->kept, SIZE);
	sealmem_writable_mapping_unmap(&self->writer);
	sealmem_readonly_region_close(&self->readonly);
}

TH_MAIN
