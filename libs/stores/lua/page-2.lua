--[[
Purpose     Reads registrations of a namespace in the order of their sequences. They are answered in one piece: what
            takes an answer apart pays for each of its elements. One that has ended, or has another place in the
            order by now, is left out. Never writes.
KEYS        1 order    zset  peer -> sequence
            2 records  hash  peer -> header and signed envelope, see put-8.lua
ARGV        1 sequence to begin after, 2 most registrations to look at, 3 grace in ms, 4 bytes of which no more are
            needed
Returns     {seconds, microseconds, last sequence looked at or '', whether no other is higher, members}; of each
            member two and four bytes, big-endian, that say how long its peer and its record are, then these
Complexity  O(log n + looked at)
]]
local PART = 50

local time = redis.call('TIME')
local alive_after = time[1] * 1000 + time[2] / 1000 - ARGV[3]
local places = redis.call(
  'ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2]
)
local packed = {}
local bytes = 0
local looked = 0

while 2 * looked < #places and bytes < tonumber(ARGV[4]) do
  local peers = {}

  for index = 2 * looked + 1, math.min(2 * (looked + PART), #places), 2 do
    peers[#peers + 1] = places[index]
  end

  for index, record in ipairs(redis.call('HMGET', KEYS[2], unpack(peers))) do
    local score = tonumber(places[2 * (looked + index)])

    if record then
      local expiry, sequence = struct.unpack('>dd', record)

      if sequence == score and expiry > alive_after then
        packed[#packed + 1] = struct.pack('>I2I4', #peers[index], #record)
        packed[#packed + 1] = peers[index]
        packed[#packed + 1] = record
        bytes = bytes + #record
      end
    end
  end

  looked = looked + #peers
end

local is_last = 2 * looked == #places and looked < tonumber(ARGV[2])

return {time[1], time[2], places[2 * looked] or '', is_last and 1 or 0, table.concat(packed)}
