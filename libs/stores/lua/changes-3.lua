--[[
Purpose     Tells what of a namespace has changed since a sequence, and how many of it are alive: a copy that has as
            many then has the same. Never writes.
KEYS        1 expiries  zset  peer -> expiry, ms
            2 order     zset  peer -> sequence
            3 records   hash  peer -> header and signed envelope, see put-8.lua
ARGV        1 sequence, 2 most changes to read, some hundreds at most, 3 grace in ms
Returns     {seconds, microseconds, alive, changed, sequence of the last one or '', peers, records}; the last two as
            in page-2.lua. Where more have changed than are to be read, there are none of either.
Complexity  O(log n + changed)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = redis.call('ZCOUNT', KEYS[1], '(' .. (now - ARGV[3]), '+inf')
local changed = redis.call('ZCOUNT', KEYS[2], '(' .. ARGV[1], '+inf')

if changed == 0 or changed > tonumber(ARGV[2]) then
  return {time[1], time[2], alive, changed, '', '', ''}
end

local peers = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')
local records = redis.call('HMGET', KEYS[3], unpack(peers))
local read = struct.unpack

for index = 1, #peers do
  local record = records[index]

  if record and read('>d', record) <= now - ARGV[3] then
    records[index] = false
  end
end

return {
  time[1],
  time[2],
  alive,
  changed,
  redis.call('ZSCORE', KEYS[2], peers[#peers]),
  cmsgpack.pack(peers),
  cmsgpack.pack(records)
}
