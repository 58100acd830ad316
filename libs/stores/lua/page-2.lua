--[[
Purpose     Reads registrations of a namespace in the order of their sequences. Never writes.
KEYS        1 order    zset  peer -> sequence
            2 records  hash  peer -> header and signed envelope, see put-8.lua
ARGV        1 sequence to begin after, 2 most registrations to read, some hundreds at most, 3 grace in ms
Returns     {seconds, microseconds, sequence of the last one or '', whether no other is higher, peers, records}; the
            last two are arrays in MessagePack, each in one piece: what takes an answer apart pays for each of its
            elements. Where a peer has no record, or one that has ended, there is `false`.
Complexity  O(log n + read)
]]
local time = redis.call('TIME')
local peers = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])

if #peers == 0 then
  return {time[1], time[2], '', 1, '', ''}
end

local alive_after = time[1] * 1000 + time[2] / 1000 - ARGV[3]
local records = redis.call('HMGET', KEYS[2], unpack(peers))
local read = struct.unpack

for index = 1, #peers do
  local record = records[index]

  if record and read('>d', record) <= alive_after then
    records[index] = false
  end
end

return {
  time[1],
  time[2],
  redis.call('ZSCORE', KEYS[1], peers[#peers]),
  #peers < tonumber(ARGV[2]) and 1 or 0,
  cmsgpack.pack(peers),
  cmsgpack.pack(records)
}
