/* SPDX-License-Identifier: MIT */
/*
 * The client of a broker. It cannot create, seal or open again; it can look,
 * and believes nothing that it has not seen.
 */
#include <errno.h>
#include <sealmem/broker.h>
#include <string.h>

#include "lib/handle.h"
#include "lib/options.h"
#include "lib/packet.h"
#include "lib/region.h"
#include "lib/request.h"
#include "lib/rules.h"
#include "lib/size.h"
#include "sealing/sealing.h"

/* Late answers that are thrown away before a request; more is no accident. */
#define LATE_MAX 64

int sealmem_broker_client_init(struct sealmem_channel *take_channel,
			       int timeout_ms,
			       struct sealmem_broker_client *ret_client)
{
	if (sealmem_channel_fd(take_channel) < 0)
		return -EBADF;
	if (timeout_ms == 0 || timeout_ms < -1)
		return -EINVAL;
	*ret_client = (struct sealmem_broker_client){
		.channel = *take_channel,
		.timeout_ms = timeout_ms,
	};
	*take_channel = (struct sealmem_channel){ 0 };
	return 0;
}

void sealmem_broker_client_close(struct sealmem_broker_client *client)
{
	sealmem_channel_close(&client->channel);
	*client = (struct sealmem_broker_client){ 0 };
}

/* --- request and answer --------------------------------------------------- */

/* One answer, whatever it answers; -EAGAIN if there is none. */
static int receive_answer(int fd, struct answer *ret_answer,
			  struct packet *ret_packet)
{
	/* A byte more than there may be, so that one too many shows. */
	uint8_t bytes[SEALMEM_ANSWER_SIZE + 1];
	enum sealmem_refusal refusal;
	struct packet packet;
	int ret = packet_receive(fd, bytes, sizeof(bytes), &packet, &refusal);

	if (ret < 0)
		return ret;
	refusal = answer_decode(bytes, packet.size, ret_answer);
	if (refusal != SEALMEM_REFUSAL_NONE) {
		packet_drop(&packet);
		return rules_error(refusal);
	}
	*ret_packet = packet;
	return 0;
}

/* Answers to what this client no longer waits for. */
static void drop_late_answers(int fd)
{
	struct answer answer;
	struct packet packet;

	for (int i = 0; i < LATE_MAX; i++) {
		if (receive_answer(fd, &answer, &packet) < 0)
			return;
		packet_drop(&packet);
	}
}

/* Milliseconds, -1 for ever; and no end of messages puts the deadline off. */
static int wait_until(int fd, int timeout_ms, uint64_t begin_ms)
{
	uint64_t passed_ms = sealing_now_ms() - begin_ms;
	int ret;

	if (timeout_ms >= 0 && passed_ms >= (uint64_t)timeout_ms)
		return -ETIMEDOUT;
	if (timeout_ms >= 0)
		timeout_ms -= (int)passed_ms;
	ret = sealing_socket_wait(fd, timeout_ms);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

static int await_answer(const struct sealmem_broker_client *client, uint64_t id,
			struct answer *ret_answer, struct packet *ret_packet)
{
	int fd = sealmem_channel_fd(&client->channel);
	uint64_t begin_ms = sealing_now_ms();
	int ret;

	for (;;) {
		ret = wait_until(fd, client->timeout_ms, begin_ms);
		if (ret == -EINTR)
			continue;
		if (ret == 0)
			ret = receive_answer(fd, ret_answer, ret_packet);
		if (ret == -EAGAIN)
			continue;
		if (ret < 0 || ret_answer->id == id)
			return ret;
		packet_drop(ret_packet);
	}
}

static int exchange(struct sealmem_broker_client *client,
		    struct request *request, int pass_fd,
		    struct answer *ret_answer, struct packet *ret_packet)
{
	uint8_t bytes[SEALMEM_REQUEST_SIZE];
	int fd = sealmem_channel_fd(&client->channel);
	int ret;

	if (fd < 0)
		return -EBADF;
	request->id = ++client->last_id;
	request_encode(request, bytes);
	drop_late_answers(fd);
	ret = sealing_socket_send(fd, bytes, sizeof(bytes), pass_fd);
	if (ret < 0)
		return ret;
	return await_answer(client, request->id, ret_answer, ret_packet);
}

/* A descriptor that the broker says is the answer; nothing is known of it. */
static int ask(struct sealmem_broker_client *client, struct request *request,
	       int pass_fd, int *ret_fd)
{
	struct answer answer;
	struct packet packet;
	int ret;

	sealing_lock(&client->lock);
	ret = exchange(client, request, pass_fd, &answer, &packet);
	sealing_unlock(&client->lock);
	if (ret < 0)
		return ret;
	if ((answer.error == 0) != (packet.fd >= 0)) {
		packet_drop(&packet);
		return -EBADMSG;
	}
	if (answer.error != 0)
		return -answer.error;
	*ret_fd = packet.fd;
	return 0;
}

/* --- creation ------------------------------------------------------------- */

static int import_created(int fd, size_t size,
			  struct sealmem_writable_region *ret_region)
{
	const struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_LARGE | SEALMEM_POLICY_HOLES,
	};
	struct sealmem_descriptor parts = {
		.kind = SEALMEM_KIND_WRITABLE,
		.size = size,
		.fd = fd,
	};
	int ret = sealmem_token_generate(&parts.token);

	if (ret < 0) {
		sealing_discard(fd);
		return ret;
	}
	ret = sealmem_writable_region_import(&parts, &policy, ret_region);
	/* Its size and token are ours: what is wrong is the broker's. */
	return ret == -EBADMSG ? -EPROTO : ret;
}

/* All of its memory now, as errors instead of SIGBUS later. */
static int fill(struct sealmem_handle *handle, const void *content)
{
	size_t rounded;
	int ret = size_round_up(handle->size, sealing_page_size(), &rounded);

	if (ret == 0)
		ret = sealing_memfd_check_limit(rounded);
	if (ret == 0)
		ret = sealing_memfd_commit(handle->fd, rounded);
	if (ret == 0 && content)
		ret = sealing_memfd_write(handle->fd, content, handle->size);
	if (ret == 0)
		handle->flags &= ~HANDLE_HOLES;
	return ret;
}

static int create(struct sealmem_broker_client *client, const void *content,
		  size_t size, const struct sealmem_options *given,
		  struct sealmem_writable_region *ret_region)
{
	struct sealmem_writable_region region = { 0 };
	struct request request = { .operation = REQUEST_CREATE, .size = size };
	struct sealmem_options options;
	int fd, ret = options_read(given, &options);

	if (ret < 0)
		return ret;
	request.flags = options.flags & REQUEST_FLAGS;
	memcpy(request.name, options.name, strlen(options.name));
	ret = ask(client, &request, -1, &fd);
	if (ret == 0)
		ret = import_created(fd, size, &region);
	if (ret < 0)
		return ret;
	if (content || !(options.flags & SEALMEM_CREATE_LAZY))
		ret = fill(&region.priv, content);
	if (ret < 0)
		sealmem_writable_region_close(&region);
	else
		ret_region->priv = handle_take(&region.priv);
	return ret;
}

/* --- conversion ----------------------------------------------------------- */

static int check_same_memory(int ours, int theirs)
{
	struct sealing_file a, b;
	int ret = sealing_stat(ours, &a);

	if (ret == 0)
		ret = sealing_stat(theirs, &b);
	if (ret < 0)
		return ret;
	return a.device == b.device && a.inode == b.inode ? 0 : -EPROTO;
}

/* What the broker says that it made of a region. */
static int ask_to_convert(struct sealmem_broker_client *client,
			  const struct sealmem_handle *old,
			  enum request_operation operation,
			  struct sealmem_descriptor *ret_parts)
{
	struct request request = { .operation = operation, .size = old->size };
	int fd, ret;

	if (handle_is_empty(old))
		return -EBADF;
	ret = ask(client, &request, old->fd, &fd);
	if (ret < 0)
		return ret;
	*ret_parts = (struct sealmem_descriptor){
		.kind = operation == REQUEST_TO_UNSAFE ? SEALMEM_KIND_UNSAFE :
							 SEALMEM_KIND_READONLY,
		.size = old->size,
		.token = old->token,
		.fd = fd,
	};
	return 0;
}

/* Holes only where there were some: after the seal there come no others. */
static struct sealmem_policy policy_for(const struct sealmem_handle *old)
{
	bool has_holes = old->flags & HANDLE_HOLES;

	return (struct sealmem_policy){
		.struct_size = sizeof(struct sealmem_policy),
		.flags = SEALMEM_POLICY_LARGE |
			 (has_holes ? (uint32_t)SEALMEM_POLICY_HOLES : 0),
	};
}

static int convert_to_readonly(struct sealmem_broker_client *client,
			       struct sealmem_writable_region *take_region,
			       enum request_operation operation,
			       struct sealmem_readonly_region *ret_region)
{
	struct sealmem_policy policy = policy_for(&take_region->priv);
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_descriptor parts;
	int ret;

	ret = ask_to_convert(client, &take_region->priv, operation, &parts);
	if (ret == 0)
		ret = sealmem_readonly_region_import(&parts, &policy, &region);
	if (ret < 0)
		return ret;
	ret = check_same_memory(take_region->priv.fd, region.priv.fd);
	if (ret == 0 && operation == REQUEST_FREEZE &&
	    !sealmem_readonly_region_is_frozen(&region))
		ret = -EPROTO;
	if (ret < 0) {
		sealmem_readonly_region_close(&region);
		return ret;
	}
	sealmem_writable_region_close(take_region);
	ret_region->priv = handle_take(&region.priv);
	return 0;
}

static int hook_to_readonly(struct sealmem_writable_region *take_region,
			    struct sealmem_readonly_region *ret_region,
			    void *data)
{
	return convert_to_readonly(data, take_region, REQUEST_TO_READONLY,
				   ret_region);
}

/* Each request is one try, so that nobody waits long for another client. */
static int hook_freeze(struct sealmem_writable_region *take_region,
		       struct sealmem_readonly_region *ret_region, void *data)
{
	int ret = -EBUSY;

	for (int i = 0; i < REGION_FREEZE_TRIES && ret == -EBUSY; i++)
		ret = convert_to_readonly(data, take_region, REQUEST_FREEZE,
					  ret_region);
	return ret;
}

static int hook_to_unsafe(struct sealmem_writable_region *take_region,
			  struct sealmem_unsafe_region *ret_region, void *data)
{
	struct sealmem_policy policy = policy_for(&take_region->priv);
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_descriptor parts;
	int ret;

	ret = ask_to_convert(data, &take_region->priv, REQUEST_TO_UNSAFE,
			     &parts);
	if (ret == 0)
		ret = sealmem_unsafe_region_import(&parts, &policy, &region);
	if (ret < 0)
		return ret;
	ret = check_same_memory(take_region->priv.fd, region.priv.fd);
	if (ret < 0) {
		sealmem_unsafe_region_close(&region);
		return ret;
	}
	sealmem_writable_region_close(take_region);
	ret_region->priv = handle_take(&region.priv);
	return 0;
}

/* --- creation, by kind ---------------------------------------------------- */

static int hook_create_writable(size_t size,
				const struct sealmem_options *options,
				struct sealmem_writable_region *ret_region,
				void *data)
{
	return create(data, NULL, size, options, ret_region);
}

static int hook_create_unsafe(size_t size,
			      const struct sealmem_options *options,
			      struct sealmem_unsafe_region *ret_region,
			      void *data)
{
	struct sealmem_writable_region region = { 0 };
	int ret = create(data, NULL, size, options, &region);

	if (ret == 0)
		ret = hook_to_unsafe(&region, ret_region, data);
	if (ret < 0)
		sealmem_writable_region_close(&region);
	return ret;
}

/* As region_create_readonly(): the mapping comes first. */
static int hook_create_readonly(size_t size,
				const struct sealmem_options *options,
				struct sealmem_readonly_region *ret_region,
				struct sealmem_writable_mapping *ret_mapping,
				void *data)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	int ret = create(data, NULL, size, options, &region);

	if (ret < 0)
		return ret;
	ret = sealmem_writable_region_map(&region, &mapping);
	if (ret == 0)
		ret = hook_to_readonly(&region, ret_region, data);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_writable_region_close(&region);
		return ret;
	}
	*ret_mapping = mapping;
	return 0;
}

/* The broker could write to it until the seal was on. */
static int check_content(const struct sealmem_readonly_region *region,
			 const void *content)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (ret < 0)
		return ret;
	if (memcmp(mapping.addr, content, mapping.size) != 0)
		ret = -EPROTO;
	sealmem_readonly_mapping_unmap(&mapping);
	return ret;
}

static int hook_create_readonly_from(const void *content, size_t size,
				     const struct sealmem_options *options,
				     struct sealmem_readonly_region *ret_region,
				     void *data)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_readonly_region frozen = { 0 };
	int ret = create(data, content, size, options, &region);

	if (ret == 0)
		ret = hook_freeze(&region, &frozen, data);
	if (ret == 0)
		ret = check_content(&frozen, content);
	if (ret < 0) {
		sealmem_writable_region_close(&region);
		sealmem_readonly_region_close(&frozen);
		return ret;
	}
	ret_region->priv = handle_take(&frozen.priv);
	return 0;
}

void sealmem_broker_client_hooks(struct sealmem_broker_client *client,
				 struct sealmem_hooks *ret_hooks)
{
	*ret_hooks = (struct sealmem_hooks){
		.struct_size = sizeof(*ret_hooks),
		.data = client,
		.create_writable = hook_create_writable,
		.create_unsafe = hook_create_unsafe,
		.create_readonly = hook_create_readonly,
		.create_readonly_from = hook_create_readonly_from,
		.to_readonly = hook_to_readonly,
		.to_unsafe = hook_to_unsafe,
		.freeze = hook_freeze,
	};
}
