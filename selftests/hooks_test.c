/* SPDX-License-Identifier: MIT */
/*
 * Hooks replace creation and conversion entirely: they get what the caller
 * gave, before any check, and what they return is the result.
 */
#include <pthread.h>

#include "kinds.h"

#define FORTY_TWO 42

static const char content[] = "content";

/* What a hook was called with last. */
struct call {
	const char *hook;
	int count;
	size_t size;
	const void *content;
	const void *options;
	const void *take;
	const void *ret;
	const void *ret_mapping;
};

/* A recorder, and what its hooks answer. */
struct recorder {
	struct call call;
	int result;
};

static struct call *record(void *data, const char *hook)
{
	struct recorder *recorder = data;
	int count = recorder->call.count;

	recorder->call = (struct call){ .hook = hook, .count = count + 1 };
	return &recorder->call;
}

static int result_of(void *data)
{
	return ((struct recorder *)data)->result;
}

static int record_writable(size_t size, const struct sealmem_options *options,
			   struct sealmem_writable_region *ret, void *data)
{
	struct call *call = record(data, "create_writable");

	call->size = size;
	call->options = options;
	call->ret = ret;
	return result_of(data);
}

static int record_unsafe(size_t size, const struct sealmem_options *options,
			 struct sealmem_unsafe_region *ret, void *data)
{
	struct call *call = record(data, "create_unsafe");

	call->size = size;
	call->options = options;
	call->ret = ret;
	return result_of(data);
}

static int record_readonly(size_t size, const struct sealmem_options *options,
			   struct sealmem_readonly_region *ret,
			   struct sealmem_writable_mapping *ret_mapping,
			   void *data)
{
	struct call *call = record(data, "create_readonly");

	call->size = size;
	call->options = options;
	call->ret = ret;
	call->ret_mapping = ret_mapping;
	return result_of(data);
}

static int record_readonly_from(const void *from, size_t size,
				const struct sealmem_options *options,
				struct sealmem_readonly_region *ret, void *data)
{
	struct call *call = record(data, "create_readonly_from");

	call->content = from;
	call->size = size;
	call->options = options;
	call->ret = ret;
	return result_of(data);
}

static int record_to_readonly(struct sealmem_writable_region *take,
			      struct sealmem_readonly_region *ret, void *data)
{
	struct call *call = record(data, "to_readonly");

	call->take = take;
	call->ret = ret;
	return result_of(data);
}

static int record_to_unsafe(struct sealmem_writable_region *take,
			    struct sealmem_unsafe_region *ret, void *data)
{
	struct call *call = record(data, "to_unsafe");

	call->take = take;
	call->ret = ret;
	return result_of(data);
}

static int record_freeze(struct sealmem_writable_region *take,
			 struct sealmem_readonly_region *ret, void *data)
{
	struct call *call = record(data, "freeze");

	call->take = take;
	call->ret = ret;
	return result_of(data);
}

static struct sealmem_hooks all_hooks(struct recorder *recorder)
{
	return (struct sealmem_hooks){
		.struct_size = sizeof(struct sealmem_hooks),
		.data = recorder,
		.create_writable = record_writable,
		.create_unsafe = record_unsafe,
		.create_readonly = record_readonly,
		.create_readonly_from = record_readonly_from,
		.to_readonly = record_to_readonly,
		.to_unsafe = record_to_unsafe,
		.freeze = record_freeze,
	};
}

static void expect_call(struct recorder *recorder, struct call wanted)
{
	struct call *call = &recorder->call;

	EXPECT_STREQ(wanted.hook, call->hook);
	EXPECT_EQ(wanted.count, call->count);
	EXPECT_EQ(wanted.size, call->size);
	EXPECT_TRUE(wanted.content == call->content);
	EXPECT_TRUE(wanted.options == call->options);
	EXPECT_TRUE(wanted.take == call->take);
	EXPECT_TRUE(wanted.ret == call->ret);
	EXPECT_TRUE(wanted.ret_mapping == call->ret_mapping);
	*call = (struct call){ 0 };
}

/* ---- who is called ------------------------------------------------------ */

static void expect_real_regions(size_t size)
{
	static const enum sealmem_kind kinds[] = { SEALMEM_KIND_READONLY,
						   SEALMEM_KIND_WRITABLE,
						   SEALMEM_KIND_UNSAFE };
	struct made made;

	for (int i = 0; i < 3; i++) {
		ASSERT_OK(made_create(&made, kinds[i], size));
		EXPECT_EQ(size, made.writer.size);
		made_close(&made);
	}
}

static void expect_hooked(struct recorder *recorder, size_t size,
			  const struct sealmem_options *options)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	EXPECT_EQ(recorder->result,
		  sealmem_writable_region_create(size, options, &writable));
	expect_call(recorder, (struct call){ .hook = "create_writable",
					     .count = 1,
					     .size = size,
					     .options = options,
					     .ret = &writable });
	EXPECT_EQ(recorder->result,
		  sealmem_unsafe_region_create(size, options, &unsafe));
	expect_call(recorder, (struct call){ .hook = "create_unsafe",
					     .count = 1,
					     .size = size,
					     .options = options,
					     .ret = &unsafe });
	EXPECT_EQ(recorder->result,
		  sealmem_readonly_region_create(size, options, &readonly,
						 &mapping));
	expect_call(recorder, (struct call){ .hook = "create_readonly",
					     .count = 1,
					     .size = size,
					     .options = options,
					     .ret = &readonly,
					     .ret_mapping = &mapping });
	EXPECT_EQ(recorder->result,
		  sealmem_readonly_region_create_from(content, size, options,
						      &readonly));
	expect_call(recorder, (struct call){ .hook = "create_readonly_from",
					     .count = 1,
					     .content = content,
					     .size = size,
					     .options = options,
					     .ret = &readonly });
	/* A hook that returns 0 and leaves it empty has its way, too. */
	EXPECT_TRUE(sealmem_writable_region_is_empty(&writable));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&unsafe));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&readonly));
}

TEST(case_062_hooks_get_exactly_the_size_and_decide_the_result)
{
	static const size_t sizes[] = { 3, 25, 777 };
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = all_hooks(&recorder);

	for (int i = 0; i < 3; i++)
		expect_real_regions(sizes[i]);
	ASSERT_OK(sealmem_hooks_set(&hooks));
	for (int i = 0; i < 3; i++)
		expect_hooked(&recorder, sizes[i], NULL);
	ASSERT_OK(sealmem_hooks_set(NULL));
	for (int i = 0; i < 3; i++)
		expect_real_regions(sizes[i]);
}

TEST(hooks_are_called_before_any_check)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = all_hooks(&recorder);
	struct sealmem_options nonsense = { .struct_size = 1, .flags = ~0u };

	ASSERT_OK(sealmem_hooks_set(&hooks));
	expect_hooked(&recorder, 0, NULL);
	expect_hooked(&recorder, SIZE_MAX, NULL);
	expect_hooked(&recorder, 1, &nonsense);
}

TEST(results_are_returned_unchanged)
{
	static const int results[] = { 0, -1, -4096, 1, INT32_MAX, INT32_MIN };
	struct recorder recorder = { 0 };
	struct sealmem_hooks hooks = all_hooks(&recorder);

	ASSERT_OK(sealmem_hooks_set(&hooks));
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		recorder.result = results[i];
		expect_hooked(&recorder, 1, NULL);
	}
}

/* Of empty regions, too: what a conversion takes is the hook's to look at. */
TEST(conversions_are_hooked)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = all_hooks(&recorder);
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };

	ASSERT_OK(sealmem_hooks_set(&hooks));
	EXPECT_ERR(FORTY_TWO,
		   sealmem_writable_region_to_readonly(&writable, &readonly));
	expect_call(&recorder, (struct call){ .hook = "to_readonly",
					      .count = 1,
					      .take = &writable,
					      .ret = &readonly });
	EXPECT_ERR(FORTY_TWO,
		   sealmem_writable_region_to_unsafe(&writable, &unsafe));
	expect_call(&recorder, (struct call){ .hook = "to_unsafe",
					      .count = 1,
					      .take = &writable,
					      .ret = &unsafe });
	EXPECT_ERR(FORTY_TWO,
		   sealmem_writable_region_freeze(&writable, &readonly));
	expect_call(&recorder, (struct call){ .hook = "freeze",
					      .count = 1,
					      .take = &writable,
					      .ret = &readonly });
	ASSERT_OK(sealmem_hooks_set(NULL));
	EXPECT_ERR(EBADF,
		   sealmem_writable_region_to_readonly(&writable, &readonly));
}

/* ---- which are set ------------------------------------------------------ */

TEST(each_hook_replaces_its_own_function_alone)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = {
		.struct_size = sizeof(hooks),
		.data = &recorder,
		.create_writable = record_writable,
		.to_readonly = record_to_readonly,
	};
	struct sealmem_writable_region writable = { 0 };
	struct made made;

	ASSERT_OK(sealmem_hooks_set(&hooks));
	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, 777));
	made_close(&made);
	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, 777));
	made_close(&made);
	EXPECT_EQ(0, recorder.call.count);
	EXPECT_ERR(FORTY_TWO,
		   sealmem_writable_region_create(777, NULL, &writable));
}

TEST(the_last_hooks_set_are_those_that_hold)
{
	struct recorder first = { .result = -1 }, second = { .result = -2 };
	struct sealmem_hooks one = all_hooks(&first), two = all_hooks(&second);

	ASSERT_OK(sealmem_hooks_set(&one));
	ASSERT_OK(sealmem_hooks_set(&two));
	expect_hooked(&second, 5, NULL);
	EXPECT_EQ(0, first.call.count);
}

TEST(hooks_of_another_version)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct {
		struct sealmem_hooks known;
		void *unknown;
	} hooks = { .known = all_hooks(&recorder) };

	ASSERT_OK(sealmem_hooks_set(&hooks.known));
	hooks.known.struct_size = 0;
	EXPECT_ERR(EINVAL, sealmem_hooks_set(&hooks.known));
	hooks.known.struct_size = sizeof(hooks.known) - 1;
	EXPECT_ERR(EINVAL, sealmem_hooks_set(&hooks.known));
	hooks.known.struct_size = sizeof(hooks);
	EXPECT_OK(sealmem_hooks_set(&hooks.known));
	/* A hook that this library would never call. */
	hooks.unknown = &hooks;
	EXPECT_ERR(EINVAL, sealmem_hooks_set(&hooks.known));
	/* What was set before still is. */
	expect_hooked(&recorder, 5, NULL);
}

/* ---- who goes through them ---------------------------------------------- */

TEST(the_librarys_own_buffers_are_made_by_hooks)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = all_hooks(&recorder);
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };

	ASSERT_OK(sealmem_hooks_set(&hooks));
	EXPECT_ERR(FORTY_TWO,
		   sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	EXPECT_STREQ("create_readonly", recorder.call.hook);
}

TEST(children_of_fork_have_the_hooks)
{
	struct recorder recorder = { .result = -FORTY_TWO };
	struct sealmem_hooks hooks = all_hooks(&recorder);
	pid_t child;
	int status;

	ASSERT_OK(sealmem_hooks_set(&hooks));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		expect_hooked(&recorder, 777, NULL);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* ---- threads ------------------------------------------------------------ */

#define ROUNDS 2000

/* Both members are of one set of hooks, or the call mixes two. */
struct twin {
	int result;
	int twin_result;
};

static int answer_twin(size_t size, const struct sealmem_options *options,
		       struct sealmem_writable_region *ret, void *data)
{
	struct twin *twin = data;

	(void)size;
	(void)options;
	(void)ret;
	return twin->result == twin->twin_result ? twin->result : -1;
}

static void *create_and_look(void *unused)
{
	struct sealmem_writable_region region = { 0 };
	int ret;

	for (int i = 0; i < ROUNDS; i++) {
		ret = sealmem_writable_region_create(1, NULL, &region);
		EXPECT_TRUE(ret == 0 || ret == -2 || ret == -3);
		sealmem_writable_region_close(&region);
	}
	return unused;
}

TEST_TIMEOUT(hooks_are_set_while_others_create, 60)
{
	struct twin twins[] = { { -2, -2 }, { -3, -3 } };
	struct sealmem_hooks hooks[2] = {
		{ .struct_size = sizeof(hooks[0]),
		  .data = &twins[0],
		  .create_writable = answer_twin },
		{ .struct_size = sizeof(hooks[1]),
		  .data = &twins[1],
		  .create_writable = answer_twin },
	};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, create_and_look,
					    NULL));
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_OK(sealmem_hooks_set(&hooks[i % 2]));
		if (i % 3 == 0)
			ASSERT_OK(sealmem_hooks_set(NULL));
	}
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
}

TH_MAIN
