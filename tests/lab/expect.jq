# Words for the conditions on a verdict document.

# A drop has one of these reasons; none where the kernel gives none.
def reason($names): .reason | IN(if $reasons == "none" then null else $names[] end);

# The confidence is one of these; whoever takes a reason to be sure may say "likely" where there are none.
def is_as_sure($words): .drop.netfilter as $netfilter | .cause.confidence |
	IN($words[], if $reasons == "none" and $words == ["exact"] and $netfilter == null
		then "likely" else empty end);

# The object has these members with these values, and perhaps others.
def like($members): . as $it | $members | to_entries | all(.key as $k |
	if $k == "reason" then (.value as $v | $it | reason([$v])) else .value == $it[$k] end);

# A sentence whose words in braces have all been put in, also where it begins with one.
def words_filled: . == null or (test("\\{[a-z][a-z.]*\\}|^the ") | not);

# The lost packet went from $from to $to; "icmp" is that of the exchange's family.
def lost($protocol): .drop.packet | like({src_ip: $from_ip, dst_ip: $to_ip,
	protocol: (if $protocol == "icmp" then $icmp else $protocol end)});

# The device is one that a frame between the two passes in the host.
def on_bridge: .drop.device | IN($bridge, $from_veth, $to_veth);
