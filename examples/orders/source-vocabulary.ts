export interface Place {
  country: string;
  given: readonly string[];
  family: readonly string[];
}

/** Names as they are written where the customers live. */
export const places: readonly Place[] = [
  {
    country: "US",
    given: ["Emma", "Noah", "Olivia", "Liam", "Ava"],
    family: ["O'Brien", "Carter", "Nguyen", "Smith-Jones"],
  },
  {
    country: "DE",
    given: ["Jürgen", "Käthe", "Sören", "Friederike"],
    family: ["Müller", "Weiß", "Schröder", "von der Heide"],
  },
  {
    country: "FR",
    given: ["Zoé", "François", "Hélène", "Loïc"],
    family: ["Lefèvre", "Dupré", "L'Hôpital", "Garçon"],
  },
  {
    country: "PL",
    given: ["Łucja", "Wojciech", "Żaneta", "Stanisław"],
    family: ["Wiśniewska", "Dąbrowski", "Zając"],
  },
  { country: "TR", given: ["Çağla", "İbrahim", "Şule", "Oğuz"], family: ["Yılmaz", "Güneş", "Öztürk"] },
  { country: "VN", given: ["Thị Hồng", "Văn Đức", "Ngọc Ánh"], family: ["Nguyễn", "Trần", "Phạm"] },
  { country: "GR", given: ["Ελένη", "Γιώργος", "Σοφία"], family: ["Παπαδοπούλου", "Νικολάου", "Αθανασίου"] },
  { country: "UA", given: ["Олена", "Андрій", "Їванна"], family: ["Шевченко", "Коваленко", "Гончар"] },
  { country: "IL", given: ["נועה", "דוד", "תמר"], family: ["כהן", "לוי", "מזרחי"] },
  { country: "EG", given: ["فاطمة", "محمد", "ليلى"], family: ["حسن", "عبد الله", "منصور"] },
  { country: "IN", given: ["प्रिया", "अर्जुन", "மீனா"], family: ["शर्मा", "वर्मा", "சுந்தரம்"] },
  { country: "TH", given: ["สมชาย", "กัญญา", "ณัฐพล"], family: ["ใจดี", "ศรีสุข", "ทองดี"] },
  { country: "CN", given: ["芳", "伟", "秀英"], family: ["王", "李", "张"] },
  { country: "JP", given: ["さくら", "太郎", "陽葵"], family: ["佐藤", "鈴木", "髙橋"] },
  { country: "KR", given: ["서연", "민준", "지우"], family: ["김", "이", "박"] },
  { country: "ET", given: ["አበበ", "ሰላም"], family: ["በቀለ", "ተስፋዬ"] },
];

export const products: readonly { name: string; cents: number }[] = [
  { name: "Desk lamp", cents: 3_499 },
  { name: "Notebook, A5, dotted", cents: 1_250 },
  { name: 'Monitor 27"', cents: 32_900 },
  { name: 'Cable "USB-C", 2 m', cents: 1_499 },
  { name: "Office chair\n(assembly included)", cents: 41_850 },
  { name: "Standing desk, oak", cents: 118_000 },
  { name: "Café cup ☕", cents: 950 },
  { name: "Gift set:\ncup, tea, honey", cents: 4_275 },
  { name: "Headphones", cents: 12_900 },
  { name: "Server rack, 42U", cents: 1_049_900 },
  { name: "Sticker sheet", cents: 199 },
  { name: "Keyboard (ISO)", cents: 8_950 },
];

export const statuses = [
  "paid",
  "paid",
  "paid",
  "shipped",
  "shipped",
  "pending",
  "Shipped ",
  "PAID",
] as const;

export const missingAmounts = ["", "", "", "", "n/a", "N/A", "-", " "] as const;

export const unreadableAmounts = [
  "1.234,50",
  "12,50",
  "(45.00)",
  "€12.00",
  "12.00 USD",
  "twelve",
  "NaN",
  "Infinity",
  "1e3",
  "12.345",
  "#REF!",
  "1,23,456.00",
] as const;
