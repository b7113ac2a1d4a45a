/* SPDX-License-Identifier: MIT */
/*
 * 10 000 mutations of good messages, from a process of another user: each gets
 * the answer that its bytes and its memory ask for, reckoned here a second time
 * from <sealmem/channel.h> and <sealmem/descriptor.h>.
 */
#include "channel_user.h"

#define MUTATIONS 10000
#define SEED	  20240607

/* What a letter brings along. */
enum enclosed { LIVE, FROZEN, WRITABLE, UNSAFE, UNSEALED, PIPE, NONE, TWO };

#define ENCLOSED_COUNT 8

struct mutation {
	unsigned char bytes[256];
	size_t size;
	enum enclosed enclosed;
};

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*state >> 32);
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return next_random(state) % limit;
}

/* ---- what is sent ---------------------------------------------------- */

static void write_good(struct mutation *mutation, uint64_t *state)
{
	enum sealmem_kind kind = SEALMEM_KIND_READONLY + below(state, 3);
	static struct letter letter;

	write_bytes(&letter, kind, page_size() - below(state, 2));
	memset(mutation->bytes, 0, sizeof(mutation->bytes));
	memcpy(mutation->bytes, letter.bytes, BYTES);
	for (int i = 24; i < 40; i += 4)
		put(mutation->bytes + i, next_random(state), 4);
	memcpy(mutation->bytes + 48, "good", 4);
	mutation->size = BYTES;
	mutation->enclosed = kind == SEALMEM_KIND_READONLY ?
				     LIVE + below(state, 2) :
			     kind == SEALMEM_KIND_WRITABLE ? WRITABLE :
							     UNSAFE;
}

static void mutate_once(struct mutation *mutation, uint64_t *state)
{
	uint32_t at = below(state, BYTES);

	switch (below(state, 6)) {
	case 0:
		mutation->bytes[at] ^= 1 << below(state, 8);
		break;
	case 1:
		mutation->bytes[at] = next_random(state);
		break;
	case 2:
		/* What stands there may stand elsewhere, too. */
		mutation->bytes[at] = below(state, 5);
		break;
	case 3:
		memset(mutation->bytes + at / 8 * 8, 0, 8);
		break;
	case 4:
		mutation->enclosed = below(state, ENCLOSED_COUNT);
		break;
	default:
		if (below(state, 4) == 0)
			mutation->size = below(state, 2 * BYTES);
	}
}

/* The same from the same seed, in both processes. */
static struct mutation next_mutation(uint64_t *state)
{
	struct mutation mutation;

	write_good(&mutation, state);
	for (uint32_t i = below(state, 4); i > 0; i--)
		mutate_once(&mutation, state);
	return mutation;
}

static int open_enclosed(enum enclosed enclosed)
{
	static const struct recipe recipes[] = {
		[LIVE] = { .seals = LIVE_SEALS },
		[FROZEN] = { .seals = FROZEN_SEALS },
		[WRITABLE] = { .seals = SIZE_SEALS, .access = O_RDWR },
		[UNSAFE] = { .seals = UNSAFE_SEALS, .access = O_RDWR },
		[UNSEALED] = { .access = O_RDWR },
	};

	return enclosed == PIPE ? pipe_end(0) : cook(&recipes[enclosed]);
}

static void send_mutation(struct th_self_uid *self,
			  const struct mutation *mutation)
{
	struct letter *letter = &self->peer.letter;

	memcpy(letter->bytes, mutation->bytes, mutation->size);
	letter->size = mutation->size;
	if (mutation->enclosed == TWO) {
		enclose(letter, open_enclosed(LIVE));
		enclose(letter, open_enclosed(PIPE));
	} else if (mutation->enclosed != NONE) {
		enclose(letter, open_enclosed(mutation->enclosed));
	}
	send_letter(&self->peer.theirs, letter);
}

/* No faster than the receiver, or too many descriptors are on their way. */
static void send_mutations(struct th_self_uid *self, const void *what)
{
	int turns = *(const int *)what;
	uint64_t state = SEED;
	char turn;

	connect_blocking(self);
	for (int i = 0; i < MUTATIONS; i++) {
		struct mutation mutation = next_mutation(&state);

		send_mutation(self, &mutation);
		ASSERT_EQ(read(turns, &turn, 1), 1);
	}
}

/* ---- what is wanted -------------------------------------------------- */

static uint64_t number_at(const unsigned char *bytes, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static uint32_t bit(uint32_t refusal)
{
	return (uint32_t)1 << refusal;
}

static bool is_label(const unsigned char *bytes)
{
	int length = 0;

	while (length < 32 && bytes[length] >= ' ' && bytes[length] <= '~')
		length++;
	return length < 32 && is_filled(bytes + length, 0, 32 - length);
}

/* What is wrong about the bytes, all of it. */
static uint32_t wrong_bytes(const struct mutation *mutation)
{
	const unsigned char *bytes = mutation->bytes;
	uint64_t kind = number_at(bytes + 12, 4);
	uint64_t size = number_at(bytes + 16, 8);
	uint32_t wrong = 0;

	if (mutation->size != BYTES)
		return bit(SEALMEM_REFUSAL_MESSAGE_SIZE);
	if (memcmp(bytes, "sealmem", 8) != 0)
		wrong |= bit(SEALMEM_REFUSAL_MESSAGE_MAGIC);
	if (number_at(bytes + 8, 4) != 1)
		wrong |= bit(SEALMEM_REFUSAL_MESSAGE_VERSION);
	if (kind < 1 || kind > 3)
		wrong |= bit(SEALMEM_REFUSAL_KIND);
	if (size == 0)
		wrong |= bit(SEALMEM_REFUSAL_SIZE_ZERO);
	if (size > INT32_MAX)
		wrong |= bit(SEALMEM_REFUSAL_SIZE_LIMIT);
	if (is_filled(bytes + 24, 0, 16))
		wrong |= bit(SEALMEM_REFUSAL_TOKEN);
	if (!is_label(bytes + 48))
		wrong |= bit(SEALMEM_REFUSAL_MESSAGE_LABEL);
	return wrong;
}

/* What is wrong about memory of one page that is declared to be of a kind. */
static uint32_t wrong_memory(uint64_t kind, enum enclosed enclosed)
{
	static const uint32_t table[3][UNSEALED] = {
		{ SEALMEM_REFUSAL_NONE, SEALMEM_REFUSAL_NONE,
		  SEALMEM_REFUSAL_NO_SEAL_SEAL,
		  SEALMEM_REFUSAL_NO_WRITE_SEAL },
		{ SEALMEM_REFUSAL_WRITE_SEALED, SEALMEM_REFUSAL_WRITE_SEALED,
		  SEALMEM_REFUSAL_NONE, SEALMEM_REFUSAL_SEAL_SEALED },
		{ SEALMEM_REFUSAL_WRITE_SEALED, SEALMEM_REFUSAL_WRITE_SEALED,
		  SEALMEM_REFUSAL_NO_SEAL_SEAL, SEALMEM_REFUSAL_NONE },
	};

	if (enclosed == PIPE)
		return SEALMEM_REFUSAL_NOT_SEALABLE;
	if (enclosed == UNSEALED)
		return SEALMEM_REFUSAL_NO_SHRINK_SEAL;
	return table[kind - 1][enclosed];
}

/* Every reason that would do, as bits; that of being accepted, too. */
static uint32_t wanted(const struct mutation *mutation)
{
	uint64_t kind = number_at(mutation->bytes + 12, 4);
	uint64_t size = number_at(mutation->bytes + 16, 8);
	uint32_t wrong;

	if (mutation->enclosed == NONE || mutation->enclosed == TWO)
		return bit(SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	wrong = wrong_bytes(mutation);
	if (wrong)
		return wrong;
	wrong = wrong_memory(kind, mutation->enclosed);
	if (wrong == SEALMEM_REFUSAL_NONE &&
	    (size + page_size() - 1) / page_size() != 1)
		wrong = SEALMEM_REFUSAL_SIZE_MISMATCH;
	return bit(wrong);
}

/* ---- and what comes -------------------------------------------------- */

static uint32_t expect_answer_to(struct th_self_uid *self, int number,
				 const struct mutation *mutation)
{
	enum sealmem_kind kind;
	uint32_t refusal = 0;
	int ret = answer(self, &refusal, &kind);

	if (!(wanted(mutation) & bit(refusal)))
		TH_LOG("seed %d, mutation %d", SEED, number);
	ASSERT_TRUE(ret == 0 || ret == -EBADMSG || ret == -EPROTO);
	EXPECT_EQ(ret == 0, refusal == SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(kind, ret == 0 ? number_at(mutation->bytes + 12, 4) :
				   SEALMEM_KIND_NONE);
	EXPECT_TRUE(wanted(mutation) & bit(refusal));
	return refusal;
}

static void expect_variety(const int counts[32])
{
	static const uint32_t reasons[] = {
		SEALMEM_REFUSAL_NONE,
		SEALMEM_REFUSAL_KIND,
		SEALMEM_REFUSAL_TOKEN,
		SEALMEM_REFUSAL_SIZE_ZERO,
		SEALMEM_REFUSAL_SIZE_LIMIT,
		SEALMEM_REFUSAL_NOT_SEALABLE,
		SEALMEM_REFUSAL_NO_SHRINK_SEAL,
		SEALMEM_REFUSAL_NO_SEAL_SEAL,
		SEALMEM_REFUSAL_NO_WRITE_SEAL,
		SEALMEM_REFUSAL_WRITE_SEALED,
		SEALMEM_REFUSAL_SEAL_SEALED,
		SEALMEM_REFUSAL_SIZE_MISMATCH,
		SEALMEM_REFUSAL_MESSAGE_SIZE,
		SEALMEM_REFUSAL_MESSAGE_MAGIC,
		SEALMEM_REFUSAL_MESSAGE_VERSION,
		SEALMEM_REFUSAL_MESSAGE_LABEL,
		SEALMEM_REFUSAL_DESCRIPTOR_COUNT,
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		TH_LOG("%5d times: %s", counts[reasons[i]],
		       sealmem_refusal_text(reasons[i]));
		if (reasons[i] != SEALMEM_REFUSAL_TOKEN)
			EXPECT_GT(counts[reasons[i]], 20);
	}
}

TEST_F_TIMEOUT(uid, ten_thousand_mutations, 170)
{
	uint64_t state = SEED;
	int counts[32] = { 0 }, turns[2];

	ASSERT_SYS(pipe2(turns, O_CLOEXEC));
	start(self, send_mutations, &turns[0]);
	accept_it(self);
	for (int i = 0; i < MUTATIONS && !th_failed(); i++) {
		struct mutation mutation = next_mutation(&state);

		counts[expect_answer_to(self, i, &mutation)]++;
		/* What leaks stays: it need not be looked for each time. */
		if (i % 50 == 0) {
			expect_no_leak(self);
			expect_no_mapping();
		}
		ASSERT_EQ(write(turns[1], "", 1), 1);
	}
	wait_for_end(self, 0);
	expect_no_leak(self);
	expect_end(self);
	expect_variety(counts);
	close(turns[0]);
	close(turns[1]);
}

TH_MAIN
