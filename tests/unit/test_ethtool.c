/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netlab.h"

#include "base/cleanup.h"

static void set_checksums(int ns, const char *device, bool on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_STXCSUM, .data = on };
	struct ifreq request = { .ifr_data = (void *)&value };
	int back __leave_netns = netns_enter(ns);
	int fd __close = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, device);
	assert_return_code(ioctl(fd, SIOCETHTOOL, &request), errno);
}

static void test_driver(void **state)
{
	char driver[32] = "";
	bool on = false;

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	assert_int_equal(ethtool_driver(ns, "v0", driver, sizeof(driver), &on), 0);
	assert_string_equal(driver, "veth");
	assert_true(on);
	set_checksums(ns, "v0", false);
	assert_int_equal(ethtool_driver(ns, "v0", driver, sizeof(driver), &on), 0);
	assert_false(on);
	assert_int_equal(ethtool_driver(ns, "nothing", driver, sizeof(driver), &on), -ENODEV);
	assert_int_equal(ethtool_driver(ns, "v1", driver, 3, &on), 0);
	assert_string_equal(driver, "ve");
	assert_true(on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
